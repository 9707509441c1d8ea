//! Fuzzes `groundwire_envelope::properties::sealing_key`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_envelope::properties::sealing_key(bytes));
