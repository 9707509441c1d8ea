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
mod gateway_attach;
mod gateway_enroll;
mod gateway_support;
mod gateway_sync;
mod operations;
mod process;
mod scripted;
mod store;
mod upgrade;
