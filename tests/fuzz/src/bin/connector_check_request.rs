//! Fuzzes `groundwire_connector::properties::check_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_connector::properties::check_request(bytes));
