//! Fuzzes `groundwire_envelope::properties::signed_bytes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_envelope::properties::signed_bytes(bytes));
