//! Fuzzes `groundwire_connector::properties::password_event`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_connector::properties::password_event(bytes));
