//! Fuzzes `groundwire_envelope::properties::sealed_secret`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_envelope::properties::sealed_secret(bytes));
