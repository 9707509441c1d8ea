//! Whether writeback works: status, connectors, keys.

use std::collections::HashMap;

use groundwire_proto::directory::v1 as api;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::{difference_to_wire, timestamp_from};

use super::registry::next_token;
use super::{STAFF, TenantApi};
use crate::accounts::FindError;
use crate::delivery::session::OnlineConnector;
use crate::domain::{ConnectorGroupId, ConnectorId, EnrolledConnector, Principal, TenantId};
use crate::grpc::fields;
use crate::grpc::principal::{must_be, tenant_of};
use crate::grpc::status::Refused;

/// Most groups that one status looks at.
const MOST_GROUPS: i64 = 500;

impl TenantApi {
    pub(super) async fn status(
        &self,
        caller: &Principal,
        message: api::GetWritebackStatusRequest,
    ) -> Result<api::GetWritebackStatusResponse, Refused> {
        let tenant = tenant_of(caller)?;
        let settings = self.parts.store.settings(tenant).await?;
        let mut reasons = Vec::new();
        if !settings.enabled {
            reasons.push(Reason::new(ReasonCode::WritebackDisabled));
        }
        let account = match message.account {
            None => None,
            Some(name) => {
                let name = fields::account_name(Some(name))?;
                match self.parts.accounts.find(tenant, &name).await {
                    Ok(account) => Some(Ok(account)),
                    Err(FindError::Store(error)) => return Err(Refused::Store(error)),
                    Err(error @ (FindError::NotFound | FindError::Ambiguous { .. })) => Some(Err(error)),
                }
            }
        };
        let groups = match &account {
            Some(Ok(account)) => vec![account.group],
            _ => self.all_groups(tenant).await?,
        };
        if groups.is_empty() {
            reasons.push(Reason::new(ReasonCode::NoConnector));
        }
        for group in groups {
            let not_ready = self
                .parts
                .connectors
                .ready(tenant, group)
                .err()
                .map(|none| none.reason);
            reasons.extend(
                not_ready
                    .filter(|reason| !reasons.contains(reason))
                    .into_iter()
                    .collect::<Vec<_>>(),
            );
        }
        let eligibility = account.map(|found| eligibility(found, settings.enabled));
        let last_applied = self.parts.store.last_applied_us(tenant, None).await?;
        Ok(api::GetWritebackStatusResponse {
            enabled: settings.enabled,
            ready: reasons.is_empty(),
            not_ready_reasons: reasons.iter().map(Into::into).collect(),
            last_applied_at: last_applied
                .and_then(groundwire_kit::clock::from_unix_us)
                .map(timestamp_from),
            account: eligibility,
        })
    }

    async fn all_groups(&self, tenant: TenantId) -> Result<Vec<ConnectorGroupId>, Refused> {
        let groups = self
            .parts
            .store
            .connector_groups(tenant, None, MOST_GROUPS)
            .await?;
        Ok(groups.into_iter().map(|group| group.id).collect())
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
        let after: Option<ConnectorId> = fields::page_token(&message.page_token, |text| text.parse().ok())?;
        let rows = self.parts.store.connectors(tenant, group, after, size).await?;
        let online: HashMap<ConnectorId, OnlineConnector> = self
            .parts
            .connectors
            .online(tenant)
            .into_iter()
            .map(|online| (online.who.connector, online))
            .collect();
        Ok(api::ListConnectorsResponse {
            next_page_token: next_token(&rows, size, |row| row.connector.to_string()),
            connectors: rows
                .iter()
                .map(|row| to_wire(row, online.get(&row.connector)))
                .collect(),
        })
    }

    pub(super) async fn sealing_keys(
        &self,
        caller: &Principal,
        message: api::ListSealingKeysRequest,
    ) -> Result<api::ListSealingKeysResponse, Refused> {
        let tenant = tenant_of(caller)?;
        let group: ConnectorGroupId = fields::id("connector_group_id", &message.connector_group_id)?;
        self.parts
            .store
            .connector_group(tenant, group)
            .await?
            .ok_or(Refused::NotFound("connector group"))?;
        let now = self.parts.store.clock().now();
        let sealing_keys = self.parts.store.sealing_certificates(tenant, group, now).await?;
        let binding = self.parts.store.group_binding(tenant, group).await?;
        let root_key = binding.root_key.map(|key| key.to_vec()).unwrap_or_default();
        Ok(api::ListSealingKeysResponse {
            sealing_keys: sealing_keys.into_iter().map(Into::into).collect(),
            root_key,
        })
    }
}

fn eligibility(
    found: Result<crate::domain::SyncedAccount, FindError>,
    enabled: bool,
) -> api::AccountEligibility {
    let mut reasons = Vec::new();
    let mut anchor = String::new();
    if !enabled {
        reasons.push(Reason::new(ReasonCode::WritebackDisabled));
    }
    match found {
        Ok(account) => {
            anchor = account.anchor.to_string();
            if !account.enabled {
                reasons.push(Reason::new(ReasonCode::AccountDisabled));
            }
        }
        Err(FindError::Ambiguous { groups }) => {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            reasons.push(Reason::new(ReasonCode::AccountAmbiguous).with("groups", groups.join(" ")));
        }
        Err(FindError::NotFound | FindError::Store(_)) => {
            reasons.push(Reason::new(ReasonCode::AccountNotSynced))
        }
    }
    api::AccountEligibility {
        anchor,
        eligible: reasons.is_empty(),
        reasons: reasons.iter().map(Into::into).collect(),
    }
}

fn to_wire(row: &EnrolledConnector, online: Option<&OnlineConnector>) -> api::Connector {
    let dc = online
        .and_then(|online| online.dc.as_ref())
        .map(|dc| dc.host.clone());
    let heard = online.map(|online| online.last_heartbeat_at).or(row.last_seen_at);
    api::Connector {
        connector_id: row.connector.to_string(),
        connector_group_id: row.group.to_string(),
        display_name: row.display_name.clone(),
        online: online.is_some(),
        version: online.map_or_else(|| row.version.clone(), |online| online.version.clone()),
        last_heartbeat_at: heard.map(timestamp_from),
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
