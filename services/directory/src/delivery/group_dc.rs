//! The DC of a group, as routing goes by it, and how it is moved: nothing new is handed out meanwhile, and what was chosen
//! for the DC before is recorded or given up first. So every delivery is wholly before or after the move.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::connectors::{Connectors, GroupKey};
use crate::domain::{ConnectorGroupId, DomainController, GroupBinding, TenantId};
use crate::operations::port::AttachedConnector;

/// A group to which nothing is routed until this is dropped. One at a time in a process.
pub struct HeldBack {
    connectors: Arc<Connectors>,
    key: GroupKey,
    _turn: OwnedMutexGuard<()>,
}

/// Where a group's attached connectors are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// At the group's DC, or not saying where.
    pub there: u32,
    /// At another one.
    pub elsewhere: u32,
}

impl Connectors {
    /// Routes nothing to the group from here on, and waits until what was routed before is recorded or given up. `None`: it
    /// was not by then.
    pub async fn hold_back(
        self: &Arc<Self>,
        tenant: TenantId,
        group: ConnectorGroupId,
        until: Instant,
    ) -> Option<HeldBack> {
        let turn = Arc::clone(&self.moving).lock_owned();
        let turn = tokio::time::timeout_at(until, turn).await.ok()?;
        let key = (tenant, group);
        self.groups.write().entry(key).or_default().is_held_back = true;
        let held = HeldBack {
            connectors: Arc::clone(self),
            key,
            _turn: turn,
        };
        loop {
            let released = self.released.notified();
            tokio::pin!(released);
            released.as_mut().enable();
            let reserved = self
                .groups
                .read()
                .get(&key)
                .map_or(0, |group| group.reserved.load(Ordering::Acquire));
            if reserved == 0 {
                return Some(held);
            }
            tokio::time::timeout_at(until, released).await.ok()?;
        }
    }

    /// The group's DC as it is known to this process.
    pub(super) fn group_dc(&self, who: &AttachedConnector) -> Option<DomainController> {
        let groups = self.groups.read();
        groups.get(&(who.tenant, who.group))?.dc.clone()
    }

    /// Takes over what is recorded of the group's DC, unless the group was moved to another one since that was read.
    pub(super) fn learn_group_dc(&self, who: &AttachedConnector, recorded: GroupBinding) {
        let mut groups = self.groups.write();
        let group = groups.entry((who.tenant, who.group)).or_default();
        let Some(dc) = recorded.dc else { return };
        if group.dc.as_ref().is_none_or(|known| known.is_at(&dc.host)) {
            group.dc = Some(dc);
            group.lost_before_us = group.lost_before_us.max(recorded.lost_before_us);
            group.serve_all(self.now());
        }
    }

    /// What a connector at this host last said of it; `None` if none is attached there.
    #[must_use]
    pub fn reported_dc(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        host: &str,
    ) -> Option<DomainController> {
        let groups = self.groups.read();
        let mut reported = groups
            .get(&(tenant, group))?
            .sessions
            .iter()
            .filter_map(|session| session.dc())
            .filter(|dc| dc.is_at(host));
        // While it cannot be reached its invocation id is not told.
        let first = reported.next()?;
        let known = std::iter::once(first.clone())
            .chain(reported)
            .find(|dc| !dc.invocation_id.is_empty());
        Some(known.unwrap_or(first))
    }

    /// Where the group's attached connectors are.
    #[must_use]
    pub fn whereabouts(&self, tenant: TenantId, group: ConnectorGroupId) -> Whereabouts {
        let groups = self.groups.read();
        let mut found = Whereabouts::default();
        if let Some(group) = groups.get(&(tenant, group)) {
            for session in &group.sessions {
                match session.dc_mismatch(group.dc.as_ref()) {
                    None => found.there += 1,
                    Some(_) => found.elsewhere += 1,
                }
            }
        }
        found
    }

    /// One of the group's attached connectors.
    #[must_use]
    pub fn anyone_of(&self, tenant: TenantId, group: ConnectorGroupId) -> Option<AttachedConnector> {
        let groups = self.groups.read();
        Some(groups.get(&(tenant, group))?.sessions.first()?.who)
    }
}

impl HeldBack {
    /// What is recorded of the group's DC is what routing goes by from now on.
    pub fn set(&self, recorded: GroupBinding) {
        let mut groups = self.connectors.groups.write();
        let group = groups.entry(self.key).or_default();
        group.dc = recorded.dc;
        group.lost_before_us = recorded.lost_before_us;
    }
}

impl Drop for HeldBack {
    fn drop(&mut self) {
        let now = self.connectors.now();
        if let Some(group) = self.connectors.groups.write().get_mut(&self.key) {
            group.is_held_back = false;
            group.serve_all(now);
        }
    }
}
