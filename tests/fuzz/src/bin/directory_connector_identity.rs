//! Fuzzes `groundwire_directory::properties::connector_identity`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_directory::properties::connector_identity(bytes));
