//! The projection `writeback_settings`: the tenant's settings now.

use sqlx::PgExecutor;
use sqlx::types::Json;

use super::{Store, StoreError};
use crate::domain::{TenantEvent, TenantId, WritebackSettings};

pub(crate) async fn upsert(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    settings: &WritebackSettings,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO directory.writeback_settings (tenant_id, settings) VALUES ($1, $2)
         ON CONFLICT (tenant_id) DO UPDATE SET settings = excluded.settings",
    )
    .bind(tenant.uuid())
    .bind(Json(settings))
    .execute(executor)
    .await
    .map(drop)
}

impl Store {
    /// The tenant's settings; the default ones if it never set any.
    pub async fn settings(&self, tenant: TenantId) -> Result<WritebackSettings, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let settings: Option<Json<WritebackSettings>> =
            sqlx::query_scalar("SELECT settings FROM directory.writeback_settings WHERE tenant_id = $1")
                .bind(tenant.uuid())
                .fetch_optional(&mut transaction)
                .await?;
        Ok(settings.map(|settings| settings.0).unwrap_or_default())
    }

    /// Changes the settings. They must have been validated.
    pub async fn change_settings(
        &self,
        tenant: TenantId,
        settings: WritebackSettings,
        actor: String,
    ) -> Result<(), StoreError> {
        let event = TenantEvent::WritebackSettingsChanged(settings);
        self.append_tenant_event(tenant, event, Some(actor), None).await
    }
}
