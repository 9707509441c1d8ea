//! Fuzzes `groundwire_connector::properties::distinguished_name`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_connector::properties::distinguished_name(bytes));
