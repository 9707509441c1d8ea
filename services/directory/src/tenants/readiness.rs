//! Whether writeback works: for the tenant, for an account; its connectors and their keys.

use std::collections::HashMap;

use groundwire_envelope::signed::Signed;
use groundwire_proto::reasons::{Reason, ReasonCode};

use super::{TenantError, Tenants};
use crate::accounts::FindError;
use crate::delivery::session::OnlineConnector;
use crate::domain::{
    AccountAnchor, AccountName, ConnectorGroupId, ConnectorId, EnrolledConnector, SyncedAccount, TenantId,
};

/// Most groups that one status looks at.
const MOST_GROUPS: i64 = 500;

/// Whether writeback works for a tenant.
#[derive(Debug, Clone)]
pub struct WritebackStatus {
    /// Whether it is on.
    pub enabled: bool,
    /// Why it is not ready; empty if it is.
    pub not_ready: Vec<Reason>,
    /// When an operation was last applied (unix µs).
    pub last_applied_us: Option<i64>,
    /// Of the account that was named, if one was.
    pub account: Option<Eligibility>,
}

/// Whether an account can be written back.
#[derive(Debug, Clone)]
pub struct Eligibility {
    /// The account, if exactly one has the name.
    pub anchor: Option<AccountAnchor>,
    /// Why it is not eligible; empty if it is.
    pub reasons: Vec<Reason>,
}

/// A connector, and its stream if it is attached.
#[derive(Debug, Clone)]
pub struct KnownConnector {
    pub enrolled: EnrolledConnector,
    pub online: Option<OnlineConnector>,
}

/// What a caller who seals needs of a group.
#[derive(Debug, Clone)]
pub struct GroupKeys {
    /// Certificates of the keys that can be sealed to now.
    pub certificates: Vec<Signed>,
    /// The public half of the group's root key, once a connector enrolled.
    pub root_key: Option<[u8; 32]>,
}

impl Tenants {
    /// Whether writeback is on and ready, and whether the account that is named can be written back.
    pub async fn status(
        &self,
        tenant: TenantId,
        account: Option<&AccountName>,
    ) -> Result<WritebackStatus, TenantError> {
        let enabled = self.store.settings(tenant).await?.enabled;
        let found = match account {
            None => None,
            Some(name) => match self.accounts.find(tenant, name).await {
                Err(FindError::Store(error)) => return Err(error.into()),
                found => Some(found),
            },
        };
        let groups = match &found {
            Some(Ok(account)) => vec![account.group],
            Some(Err(_)) | None => self.all_groups(tenant).await?,
        };
        Ok(WritebackStatus {
            enabled,
            not_ready: self.not_ready(tenant, enabled, &groups),
            last_applied_us: self.store.last_applied_us(tenant, None).await?,
            account: found.map(|found| eligibility(found, enabled)),
        })
    }

    fn not_ready(&self, tenant: TenantId, enabled: bool, groups: &[ConnectorGroupId]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if !enabled {
            reasons.push(Reason::new(ReasonCode::WritebackDisabled));
        }
        if groups.is_empty() {
            reasons.push(Reason::new(ReasonCode::NoConnector));
        }
        for group in groups {
            if let Err(no_route) = self.connectors.ready(tenant, *group)
                && !reasons.contains(&no_route.reason)
            {
                reasons.push(no_route.reason);
            }
        }
        reasons
    }

    async fn all_groups(&self, tenant: TenantId) -> Result<Vec<ConnectorGroupId>, TenantError> {
        let groups = self.store.connector_groups(tenant, None, MOST_GROUPS).await?;
        Ok(groups.into_iter().map(|group| group.id).collect())
    }

    /// Connectors of the tenant (and group) in the order of their ids, after one.
    pub async fn connectors(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        after: Option<ConnectorId>,
        limit: u32,
    ) -> Result<Vec<KnownConnector>, TenantError> {
        let enrolled = self.store.connectors(tenant, group, after, limit).await?;
        let mut online: HashMap<ConnectorId, OnlineConnector> = self
            .connectors
            .online(tenant)
            .into_iter()
            .map(|online| (online.who.connector, online))
            .collect();
        let known = enrolled.into_iter().map(|enrolled| KnownConnector {
            online: online.remove(&enrolled.connector),
            enrolled,
        });
        Ok(known.collect())
    }

    /// The keys of a group that can be sealed to now.
    pub async fn group_keys(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
    ) -> Result<GroupKeys, TenantError> {
        self.require_group(tenant, group).await?;
        let now = self.store.clock().now();
        Ok(GroupKeys {
            certificates: self.store.sealing_certificates(tenant, group, now).await?,
            root_key: self.store.group_binding(tenant, group).await?.root_key,
        })
    }
}

fn eligibility(found: Result<SyncedAccount, FindError>, enabled: bool) -> Eligibility {
    let mut reasons = Vec::new();
    let mut anchor = None;
    if !enabled {
        reasons.push(Reason::new(ReasonCode::WritebackDisabled));
    }
    match found {
        Ok(account) => {
            anchor = Some(account.anchor);
            if !account.enabled {
                reasons.push(Reason::new(ReasonCode::AccountDisabled));
            }
        }
        Err(FindError::Ambiguous { groups }) => {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            reasons.push(Reason::new(ReasonCode::AccountAmbiguous).with("groups", groups.join(" ")));
        }
        Err(FindError::NotFound | FindError::Store(_)) => {
            reasons.push(Reason::new(ReasonCode::AccountNotSynced));
        }
    }
    Eligibility { anchor, reasons }
}
