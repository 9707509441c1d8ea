//! What the integration tests of several crates need. Behind the feature `test-support`, which only
//! `[dev-dependencies]` name: no service is built with it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod database;
pub mod golden;
mod reflected;
mod section;
mod spans;
mod told;
mod trusted_clients;
mod upgrade;

pub use database::TestDatabase;
pub use reflected::reflected_services;
pub use section::database_section;
pub use spans::{Exported, Spans};
pub use told::Told;
pub use trusted_clients::TrustedClients;
pub use upgrade::{EarlierVersion, earlier_versions, first_difference};
