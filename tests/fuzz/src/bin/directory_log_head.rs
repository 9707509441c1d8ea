//! Fuzzes `groundwire_directory::properties::log_head`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_directory::properties::log_head(bytes));
