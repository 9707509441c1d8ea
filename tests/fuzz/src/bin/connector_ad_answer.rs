//! Fuzzes `groundwire_connector::properties::ad_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_connector::properties::ad_answer(bytes));
