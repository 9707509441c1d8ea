//! Fuzzes `groundwire_kit::properties::peer_certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_kit::properties::peer_certificate(bytes));
