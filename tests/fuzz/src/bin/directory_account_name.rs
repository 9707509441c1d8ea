//! Fuzzes `groundwire_directory::properties::account_name`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_directory::properties::account_name(bytes));
