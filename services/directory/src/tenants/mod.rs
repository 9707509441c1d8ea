//! Tenants: their connector groups, their settings, and whether writeback works for them.
//!
//! Promises: what is answered here is decided here, in types of the domain; who may ask, and how it is said on the wire,
//! is [`crate::grpc::tenants`]'s. A tenant has its keys before it is in the log.

mod error;
mod group_dc;
mod readiness;
mod registry;
mod settings;

use std::sync::Arc;

pub use self::error::TenantError;
pub use self::group_dc::MovedGroup;
pub use self::readiness::{Eligibility, GroupKeys, KnownConnector, WritebackStatus};
pub use self::registry::{KnownGroup, KnownTenant};
use crate::accounts::Accounts;
use crate::delivery::Connectors;
use crate::enrollment::Authorities;
use crate::operations::Operations;
use crate::store::Store;

/// What can be done with tenants. Clones are the same.
#[derive(Clone)]
pub struct Tenants {
    pub store: Arc<Store>,
    /// The tenants' keys.
    pub authorities: Arc<Authorities>,
    /// The attached connectors.
    pub connectors: Arc<Connectors>,
    pub accounts: Accounts,
    /// Keeps settings in memory.
    pub operations: Operations,
}
