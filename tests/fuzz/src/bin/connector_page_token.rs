//! Fuzzes `groundwire_connector::properties::page_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_connector::properties::page_token(bytes));
