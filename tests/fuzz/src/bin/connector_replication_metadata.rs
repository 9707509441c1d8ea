//! Fuzzes `groundwire_connector::properties::replication_metadata`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_connector::properties::replication_metadata(bytes));
