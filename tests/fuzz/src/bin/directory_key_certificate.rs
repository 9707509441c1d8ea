//! Fuzzes `groundwire_directory::properties::key_certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_directory::properties::key_certificate(bytes));
