//! The DC of a group, as an administrator moves it.

use std::time::Duration;

use tokio::time::Instant;

use super::{KnownGroup, TenantError, Tenants};
use crate::delivery::{HeldBack, Whereabouts};
use crate::domain::{ConnectorGroupId, ConnectorRefusal, DomainController, GroupBinding, NamedDc, TenantId};
use crate::operations::port::OperationsPort as _;
use crate::store::StoreError;

/// For how long a group that is being moved is routed nothing, so that what its connectors are at work on comes to its end.
const MOST_HELD_BACK: Duration = Duration::from_secs(5);

/// How soon it is looked at again meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How soon a database that does not answer is queried again what became of a move.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// A group after its DC was named, and where its attached connectors are.
#[derive(Debug, Clone)]
pub struct MovedGroup {
    pub group: KnownGroup,
    pub connectors: Whereabouts,
}

impl Tenants {
    /// Makes this the group's DC, at once and also for the streams that are open, unless an operation of the group is with a
    /// connector or in doubt: then nothing is changed.
    pub async fn move_group(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        named: NamedDc,
        actor: String,
    ) -> Result<MovedGroup, TenantError> {
        self.require_group(tenant, group).await?;
        let this = self.clone();
        // To its end, also when the caller goes away: what is recorded is what routing goes by.
        let moved = tokio::spawn(async move { this.record_move(tenant, group, named, &actor).await });
        moved.await.map_err(|_| TenantError::Interrupted)??;
        let found = self.store.connector_group(tenant, group).await?;
        Ok(MovedGroup {
            group: self
                .with_binding(tenant, found.ok_or(TenantError::NoGroup)?)
                .await?,
            connectors: self.connectors.whereabouts(tenant, group),
        })
    }

    async fn record_move(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        named: NamedDc,
        actor: &str,
    ) -> Result<(), TenantError> {
        let until = Instant::now() + MOST_HELD_BACK;
        let held = self.connectors.hold_back(tenant, group, until).await;
        let held = held.ok_or(TenantError::GroupInUse {
            delivered: 1,
            in_doubt: 0,
        })?;
        let before = self.store.group_binding(tenant, group).await?;
        let dc = self.dc_named(tenant, group, &named, &before)?;
        let recorded = loop {
            let lost_before_us = named.accept_lost_writes.then(|| self.store.clock().unix_us());
            let host_before = before.dc.as_ref().map(|dc| dc.host.clone());
            let recorded = self
                .store
                .move_group_dc(tenant, (group, dc.clone()), host_before, lost_before_us, actor)
                .await;
            match in_flight(&recorded) {
                None => {
                    break recorded.map(|()| GroupBinding {
                        dc: Some(dc),
                        lost_before_us: lost_before_us.or(before.lost_before_us),
                        ..GroupBinding::default()
                    });
                }
                Some((delivered, in_doubt)) if in_doubt > 0 || Instant::now() >= until => {
                    return Err(TenantError::GroupInUse { delivered, in_doubt });
                }
                Some(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        };
        let outcome = match recorded {
            Ok(binding) => {
                tracing::warn!(
                    %tenant, %group, dc = named.host, accept_lost_writes = named.accept_lost_writes,
                    "the group's DC was named by an administrator"
                );
                held.set(binding);
                drop(held);
                Ok(())
            }
            Err(error) => {
                self.find_out(tenant, group, held).await;
                Err(error.into())
            }
        };
        if let Some(anyone) = self.connectors.anyone_of(tenant, group) {
            self.operations.connector_ready(&anyone).await;
        }
        outcome
    }

    /// The DC that was named, with what is known of it.
    fn dc_named(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        named: &NamedDc,
        before: &GroupBinding,
    ) -> Result<DomainController, TenantError> {
        let reported = self.connectors.reported_dc(tenant, group, &named.host);
        let known = before.dc.clone().filter(|dc| dc.is_at(&named.host));
        let is_known_by_id = |dc: &DomainController| !dc.invocation_id.is_empty();
        let dc = reported.filter(is_known_by_id).or(known).unwrap_or_default();
        let id = named.invocation_id.map(|id| id.to_string());
        match id {
            Some(id) if is_known_by_id(&dc) && !dc.invocation_id.eq_ignore_ascii_case(&id) => {
                Err(TenantError::OtherInvocation {
                    reported: dc.invocation_id,
                })
            }
            id => Ok(DomainController {
                host: named.host.clone(),
                invocation_id: id.unwrap_or_else(|| dc.invocation_id.clone()),
                ..dc
            }),
        }
    }

    /// What became of a move is not known for sure: what the database says then is what routing goes by. Until it says so,
    /// nothing is routed to the group.
    async fn find_out(&self, tenant: TenantId, group: ConnectorGroupId, held: HeldBack) {
        match self.store.group_binding(tenant, group).await {
            Ok(binding) => held.set(binding),
            Err(_) => {
                let this = self.clone();
                tokio::spawn(async move {
                    let binding = loop {
                        tokio::time::sleep(ASK_AGAIN).await;
                        if let Ok(binding) = this.store.group_binding(tenant, group).await {
                            break binding;
                        }
                    };
                    held.set(binding);
                });
            }
        }
    }
}

/// How many operations are with a connector and in doubt, if that is why nothing was recorded.
fn in_flight(recorded: &Result<(), StoreError>) -> Option<(u32, u32)> {
    let Err(StoreError::Append(error)) = recorded else {
        return None;
    };
    match error.refusal()? {
        ConnectorRefusal::OperationsInFlight { delivered, in_doubt } => Some((*delivered, *in_doubt)),
        ConnectorRefusal::Unknown
        | ConnectorRefusal::OtherRootKey
        | ConnectorRefusal::OtherDomainController => None,
    }
}
