//! What the integration tests of several crates need. Behind the feature `test-support`, which only
//! `[dev-dependencies]` name: no service is built with it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod database;
mod forwarder;
mod free_port;
pub mod golden;
mod half_sent;
mod histogram;
mod log_lines;
mod reflected;
mod section;
mod spans;
mod trusted_clients;
mod upgrade;
mod waiting;
mod watched_health;

pub use database::TestDatabase;
pub use forwarder::Forwarder;
pub use free_port::free_port;
pub use half_sent::{call_with_half_a_message, half_sent_message};
pub use histogram::histogram_edges;
pub use log_lines::LogLines;
pub use reflected::reflected_services;
pub use section::database_section;
pub use spans::{Exported, Spans};
pub use trusted_clients::TrustedClients;
pub use upgrade::{EarlierVersion, earlier_versions, first_difference};
pub use waiting::{PATIENCE, soon, wait_until};
pub use watched_health::watch_health_to_its_end;
