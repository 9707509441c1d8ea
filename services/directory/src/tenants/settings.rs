//! The settings of writeback.

use super::{TenantError, Tenants};
use crate::domain::{TenantId, WritebackSettings};

impl Tenants {
    /// The tenant's settings; the default ones if it never set any.
    pub async fn settings(&self, tenant: TenantId) -> Result<WritebackSettings, TenantError> {
        Ok(self.store.settings(tenant).await?)
    }

    /// Makes these the settings. What changes nothing is not recorded.
    ///
    /// # Errors
    /// [`TenantError::Setting`] for values outside their ranges.
    pub async fn change_settings(
        &self,
        tenant: TenantId,
        settings: &WritebackSettings,
        actor: String,
    ) -> Result<(), TenantError> {
        settings.validate()?;
        if *settings != self.store.settings(tenant).await? {
            self.store
                .change_settings(tenant, settings.clone(), actor)
                .await?;
            self.operations.settings_changed(tenant);
        }
        Ok(())
    }
}
