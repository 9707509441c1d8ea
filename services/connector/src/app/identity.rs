//! What is read from the identity's folder.

use groundwire_kit::clock::Clock;

use super::parts::StartError;
use crate::config::Config;
use crate::identity::{CertifiedKeys, ConnectorIdentity, GroupBundle, IdentityFolder};

/// Who the connector is, and its keys.
pub(super) struct Identity {
    pub(super) connector: ConnectorIdentity,
    pub(super) bundle: GroupBundle,
    pub(super) keys: CertifiedKeys,
}

impl Identity {
    /// Reads it, and makes a new sealing key where one is due.
    pub(super) fn load(config: &Config, clock: &dyn Clock) -> Result<Self, StartError> {
        let folder = IdentityFolder::new(&config.identity.folder);
        let connector = ConnectorIdentity::load(&folder.connector())?;
        let bundle = GroupBundle::load(&folder.bundle())?;
        let mut keys = CertifiedKeys::load(&folder.sealing_keys())?;
        let lifetime = config.identity.sealing_key_lifetime();
        if keys.refresh(&connector, &bundle, lifetime, clock.now())? {
            keys.keep(&folder.sealing_keys())?;
        }
        Ok(Self {
            connector,
            bundle,
            keys,
        })
    }
}
