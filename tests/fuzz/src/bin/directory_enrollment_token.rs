//! Fuzzes `groundwire_directory::properties::enrollment_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_directory::properties::enrollment_token(bytes));
