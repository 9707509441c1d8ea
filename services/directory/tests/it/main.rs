//! Integration tests against a real Postgres: one binary, one module per part of the service.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking; clippy knows test functions, not what they call"
)]

mod api;
mod callers;
mod database;
mod fake_delivery;
mod fake_operations;
mod gateway;
mod group_dc;
mod operations;
mod outages;
mod process;
mod short_deadlines;
mod store;
mod upgrade;
mod verify;
