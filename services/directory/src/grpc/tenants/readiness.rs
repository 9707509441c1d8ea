//! Whether writeback works: status, connectors, keys.

use groundwire_kit::clock::from_unix_us;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::time::{difference_to_wire, timestamp_from};

use super::{STAFF, TenantApi, next_token};
use crate::domain::Principal;
use crate::grpc::fields;
use crate::grpc::principal::{must_be, tenant_of};
use crate::grpc::status::Refused;
use crate::tenants::{Eligibility, KnownConnector};

impl TenantApi {
    pub(super) async fn status(
        &self,
        caller: &Principal,
        message: api::GetWritebackStatusRequest,
    ) -> Result<api::GetWritebackStatusResponse, Refused> {
        let tenant = tenant_of(caller)?;
        let account = match message.account {
            None => None,
            named => Some(fields::account_name(named)?),
        };
        let status = self.parts.tenants.status(tenant, account.as_ref()).await?;
        Ok(api::GetWritebackStatusResponse {
            enabled: status.enabled,
            ready: status.not_ready.is_empty(),
            not_ready_reasons: status.not_ready.iter().map(Into::into).collect(),
            last_applied_at: status.last_applied_us.and_then(from_unix_us).map(timestamp_from),
            account: status.account.as_ref().map(eligibility_to_wire),
        })
    }

    pub(super) async fn connectors(
        &self,
        caller: &Principal,
        message: api::ListConnectorsRequest,
    ) -> Result<api::ListConnectorsResponse, Refused> {
        must_be(caller, STAFF)?;
        let tenant = tenant_of(caller)?;
        let group = fields::optional_id("connector_group_id", &message.connector_group_id)?;
        let size = fields::page_size(message.page_size, 50, 500)?;
        let after = fields::page_token(&message.page_token, |text| text.parse().ok())?;
        let tenants = &self.parts.tenants;
        let found = tenants.connectors(tenant, group, after, size).await?;
        Ok(api::ListConnectorsResponse {
            next_page_token: next_token(&found, size, |known| known.enrolled.connector.to_string()),
            connectors: found.iter().map(connector_to_wire).collect(),
        })
    }

    pub(super) async fn sealing_keys(
        &self,
        caller: &Principal,
        message: api::ListSealingKeysRequest,
    ) -> Result<api::ListSealingKeysResponse, Refused> {
        let tenant = tenant_of(caller)?;
        let group = fields::id("connector_group_id", &message.connector_group_id)?;
        let keys = self.parts.tenants.group_keys(tenant, group).await?;
        Ok(api::ListSealingKeysResponse {
            sealing_keys: keys.certificates.into_iter().map(Into::into).collect(),
            root_key: keys.root_key.map(|key| key.to_vec()).unwrap_or_default(),
        })
    }
}

fn eligibility_to_wire(account: &Eligibility) -> api::AccountEligibility {
    api::AccountEligibility {
        anchor: account
            .anchor
            .map(|anchor| anchor.to_string())
            .unwrap_or_default(),
        eligible: account.reasons.is_empty(),
        reasons: account.reasons.iter().map(Into::into).collect(),
    }
}

fn connector_to_wire(known: &KnownConnector) -> api::Connector {
    let (row, online) = (&known.enrolled, known.online.as_ref());
    let dc = online
        .and_then(|online| online.dc.as_ref())
        .map(|dc| dc.host.clone());
    let last_seen = online.map(|online| online.last_heartbeat_at).or(row.last_seen_at);
    api::Connector {
        connector_id: row.connector.to_string(),
        connector_group_id: row.group.to_string(),
        display_name: row.display_name.clone(),
        online: online.is_some(),
        version: online.map_or_else(|| row.version.clone(), |online| online.version.clone()),
        last_heartbeat_at: last_seen.map(timestamp_from),
        dc: dc.or_else(|| row.dc.clone()).unwrap_or_default(),
        in_flight: online.map_or(0, |online| u32::try_from(online.in_flight).unwrap_or(u32::MAX)),
        clock_offset: online
            .and_then(|online| online.clock_offset)
            .map(|clock| difference_to_wire(clock.middle())),
        enrolled_at: Some(timestamp_from(row.enrolled_at)),
        certificate_expires_at: Some(timestamp_from(row.certificate_expires_at)),
        conditions: online
            .map(|online| online.conditions.iter().map(Into::into).collect())
            .unwrap_or_default(),
    }
}
