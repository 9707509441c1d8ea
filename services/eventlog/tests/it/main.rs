//! Integration tests of the event log against a real Postgres.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(dead_code, reason = "support that the next tests use")]

mod appending;
mod support;
