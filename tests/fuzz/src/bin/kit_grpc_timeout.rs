//! Fuzzes `groundwire_kit::properties::grpc_timeout`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_kit::properties::grpc_timeout(bytes));
