//! Tests of the kit against real sockets and a real Postgres.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod call_layer;
mod database;
mod database_trust;
mod export;
mod proxy;
mod reflection;
mod served_calls;
mod tls;
mod tls_fixture;
mod tls_grpc;
