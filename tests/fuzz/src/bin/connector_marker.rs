//! Fuzzes `groundwire_connector::properties::marker`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_connector::properties::marker(bytes));
