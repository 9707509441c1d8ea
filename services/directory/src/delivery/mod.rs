//! The connectors: enrolment, their streams, their keys, and the way to them.
//!
//! Promises: who is not what its certificate says gets nowhere; an event goes to a connector of its group that holds a
//! key, is not suspect and gave credit; every wait is bounded and so is every queue.

pub mod attach;
pub mod authority;
pub mod config;
pub mod connectors;
pub mod enrollment;
pub mod events;
pub mod heartbeats;
pub mod identity;
pub mod log_heads;
pub mod metrics;
pub mod sealing;
pub mod session;
pub mod tries;

pub use attach::Attach;
pub use authority::Authorities;
pub use config::DeliveryConfig;
pub use connectors::Connectors;
pub use enrollment::Enrollment;
pub use identity::ConnectorIdentity;
pub use metrics::DeliveryMetrics;
