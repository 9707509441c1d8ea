//! Fuzzes `groundwire_envelope::properties::secret_payload`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| groundwire_envelope::properties::secret_payload(bytes));
