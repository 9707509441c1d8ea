//! Fuzzes `groundwire_connector::properties::file_time`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_connector::properties::file_time(bytes));
