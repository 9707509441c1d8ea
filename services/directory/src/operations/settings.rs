//! The tenants' settings, cached for a moment, so that an operation costs no round trip for them.

use std::collections::HashMap;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use parking_lot::Mutex;

use crate::domain::{TenantId, WritebackSettings};
use crate::store::{Store, StoreError};

/// How long a change made by another process may go unnoticed. Changes made by this one are seen at once.
const FRESH_FOR: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(crate) struct SettingsCache(Mutex<HashMap<TenantId, (WritebackSettings, BootInstant)>>);

impl SettingsCache {
    pub(crate) async fn get(
        &self,
        store: &Store,
        tenant: TenantId,
        now: BootInstant,
    ) -> Result<WritebackSettings, StoreError> {
        {
            let cached = self.0.lock();
            if let Some((settings, read_at)) = cached.get(&tenant)
                && now.since(*read_at) < FRESH_FOR
            {
                return Ok(settings.clone());
            }
        }
        let settings = store.settings(tenant).await?;
        let mut cached = self.0.lock();
        cached.insert(tenant, (settings.clone(), now));
        Ok(settings)
    }

    pub(crate) fn forget(&self, tenant: TenantId) {
        self.0.lock().remove(&tenant);
    }
}
