//! Integration tests of the event log against a real Postgres.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod appending;
mod bad_connections;
mod chain;
mod commit_loss;
mod concurrency;
mod hidden_records;
mod proxy;
mod rights;
mod short_way;
mod support;
mod unsettled;
