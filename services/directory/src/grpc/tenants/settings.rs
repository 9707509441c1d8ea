//! The tenant's settings.

use std::time::Duration;

use groundwire_proto::directory::v1 as api;
use groundwire_proto::time::duration_to_wire;

use super::{ADMINISTRATORS, STAFF, TenantApi};
use crate::domain::{Principal, WritebackSettings};
use crate::grpc::fields;
use crate::grpc::principal::{must_be, tenant_of};
use crate::grpc::status::Refused;

/// Every field that can be changed, as the mask names it.
const FIELDS: &[&str] = &[
    "enabled",
    "self_service_unlock",
    "allowed_kinds",
    "operation_lifetime",
    "require_sealed",
    "require_proof",
    "unknown_horizon",
];

impl TenantApi {
    pub(super) async fn settings(
        &self,
        caller: &Principal,
        _: api::GetWritebackSettingsRequest,
    ) -> Result<api::GetWritebackSettingsResponse, Refused> {
        must_be(caller, STAFF)?;
        let settings = self.parts.tenants.settings(tenant_of(caller)?).await?;
        Ok(api::GetWritebackSettingsResponse {
            settings: Some(to_wire(&settings)),
        })
    }

    pub(super) async fn change_settings(
        &self,
        caller: &Principal,
        message: api::UpdateWritebackSettingsRequest,
    ) -> Result<api::UpdateWritebackSettingsResponse, Refused> {
        must_be(caller, ADMINISTRATORS)?;
        let tenant = self.existing_tenant(caller).await?;
        let wanted = message
            .settings
            .ok_or_else(|| Refused::invalid("settings", "the new values"))?;
        let mask = message.update_mask.map(|mask| mask.paths).unwrap_or_default();
        let tenants = &self.parts.tenants;
        let settings = merged(tenants.settings(tenant).await?, &wanted, &mask)?;
        tenants
            .change_settings(tenant, &settings, caller.subject.clone())
            .await?;
        Ok(api::UpdateWritebackSettingsResponse {
            settings: Some(to_wire(&settings)),
        })
    }
}

/// The fields of the mask from `wanted`, the others as they are. An empty mask means all.
fn merged(
    mut settings: WritebackSettings,
    wanted: &api::WritebackSettings,
    mask: &[String],
) -> Result<WritebackSettings, Refused> {
    let all = FIELDS.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>();
    for field in if mask.is_empty() { &all } else { mask } {
        match field.as_str() {
            "enabled" => settings.enabled = wanted.enabled,
            "self_service_unlock" => settings.self_service_unlock = wanted.self_service_unlock,
            "allowed_kinds" => {
                let kinds = wanted
                    .allowed_kinds
                    .iter()
                    .map(|kind| fields::kind("settings.allowed_kinds", *kind));
                settings.allowed_kinds = kinds.collect::<Result<_, _>>()?;
            }
            "operation_lifetime" => {
                let field = "settings.operation_lifetime";
                settings.operation_lifetime_ms = fields::milliseconds(field, wanted.operation_lifetime)?;
            }
            "require_sealed" => settings.require_sealed = wanted.require_sealed,
            "require_proof" => settings.require_proof = wanted.require_proof,
            "unknown_horizon" => {
                let field = "settings.unknown_horizon";
                settings.unknown_horizon_ms = fields::milliseconds(field, wanted.unknown_horizon)?;
            }
            _ => {
                return Err(Refused::invalid(
                    "update_mask",
                    format!("fields among {}", FIELDS.join(", ")),
                ));
            }
        }
    }
    Ok(settings)
}

fn to_wire(settings: &WritebackSettings) -> api::WritebackSettings {
    api::WritebackSettings {
        enabled: settings.enabled,
        self_service_unlock: settings.self_service_unlock,
        allowed_kinds: settings
            .allowed_kinds
            .iter()
            .map(|kind| i32::from(*kind))
            .collect(),
        operation_lifetime: Some(duration_to_wire(Duration::from_millis(
            settings.operation_lifetime_ms,
        ))),
        require_sealed: settings.require_sealed,
        require_proof: settings.require_proof,
        unknown_horizon: Some(duration_to_wire(Duration::from_millis(
            settings.unknown_horizon_ms,
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_of_the_mask_change() {
        let current = WritebackSettings {
            enabled: true,
            self_service_unlock: true,
            ..Default::default()
        };
        let wanted = api::WritebackSettings::default();
        let changed = merged(current.clone(), &wanted, &["enabled".to_owned()]).unwrap();
        assert!(!changed.enabled && changed.self_service_unlock);
        assert_eq!(changed.operation_lifetime_ms, current.operation_lifetime_ms);
        assert!(merged(current, &wanted, &["no_such_field".to_owned()]).is_err());
    }

    #[test]
    fn an_empty_mask_takes_everything() {
        let wanted = to_wire(&WritebackSettings {
            require_sealed: true,
            ..Default::default()
        });
        let changed = merged(WritebackSettings::default(), &wanted, &[]).unwrap();
        assert!(changed.require_sealed);
        assert_eq!(to_wire(&changed), wanted);
    }
}
