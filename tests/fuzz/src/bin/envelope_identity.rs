//! Fuzzes `groundwire_envelope::properties::identity`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_envelope::properties::identity(bytes));
