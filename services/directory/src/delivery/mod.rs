//! The attached connectors: their streams, and the way to them.
//!
//! Promises: an event goes to a connector of its group that holds a key, is not suspect and gave credit; every wait is
//! bounded and so is every queue.

pub mod attach;
pub mod config;
pub mod connectors;
mod group;
mod group_dc;
pub mod heartbeats;
pub mod line;
pub mod log_heads;
mod routing;
pub mod session;
mod sync_requests;

pub use attach::Attach;
pub use config::DeliveryConfig;
pub use connectors::Connectors;
pub use group_dc::{HeldBack, Whereabouts};
