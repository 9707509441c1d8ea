//! Fuzzes `groundwire_kit::properties::trace_parent`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_kit::properties::trace_parent(bytes));
