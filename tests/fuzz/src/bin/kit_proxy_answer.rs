//! Fuzzes `groundwire_kit::properties::proxy_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_kit::properties::proxy_answer(bytes));
