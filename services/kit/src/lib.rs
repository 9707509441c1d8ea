//! What a process needs that is not about passwords: configuration, time, telemetry, TLS, health, supervision.
//!
//! Promises: the clock is read in [`clock`] and the environment in [`config`] and nowhere else; everything that waits
//! has a deadline; nothing here logs, exports or prints a secret.

#![warn(missing_docs)]

pub mod bearer;
pub mod clock;
pub mod clock_offset;
pub mod config;
pub mod database;
pub mod grpc;
pub mod http;
pub mod listen;
pub mod metrics;
pub mod pki;
pub mod process;
#[cfg(any(test, feature = "fuzz"))]
pub mod properties;
pub mod service;
pub mod supervision;
pub mod telemetry;
#[cfg(feature = "test-support")]
pub mod testing;
pub mod tls;
