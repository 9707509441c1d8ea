//! Who this connector is, and whose signatures and markers it believes.

use groundwire_envelope::signed::VerifyingKey;

use crate::domain::{ConnectorGroupId, ConnectorId, MarkerKey, MarkerScope, TenantId};

/// The connector's place in the world: its ids and the keys of its group. No `Debug`: it holds the marker keys.
pub struct GroupContext {
    pub tenant: TenantId,
    /// The connector group.
    pub group: ConnectorGroupId,
    pub connector: ConnectorId,
    /// The group's marker key and those before it; markers are made with the first.
    pub marker_keys: Vec<MarkerKey>,
    /// The tenant's keys that sign events, pinned at enrolment.
    pub event_keys: Vec<VerifyingKey>,
}

impl GroupContext {
    /// What a marker is bound to.
    #[must_use]
    pub fn marker_scope(&self) -> MarkerScope {
        MarkerScope {
            tenant: self.tenant.to_string(),
            group: self.group.to_string(),
        }
    }
}
