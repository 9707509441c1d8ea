//! Fuzzes `groundwire_kit::properties::spiffe_id`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_kit::properties::spiffe_id(bytes));
