//! Fuzzes `groundwire_envelope::properties::associated_data`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_envelope::properties::associated_data(bytes));
