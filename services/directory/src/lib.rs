//! The cloud service: knows tenants, synced accounts and settings, takes requests over gRPC, records every step as an
//! event, and emits password events down a connector's stream.

pub mod accounts;
pub mod app;
pub mod config;
pub mod delivery;
pub mod domain;
pub mod enrollment;
#[cfg(test)]
mod golden;
pub mod grpc;
pub mod metrics;
pub mod operations;
pub mod program;
#[cfg(any(test, feature = "fuzz"))]
pub mod properties;
pub mod store;
pub mod tenants;
