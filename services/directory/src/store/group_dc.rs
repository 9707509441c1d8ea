//! The DC that a group's connectors write to, and what an administrator makes it.

use futures_util::future::BoxFuture;
use groundwire_eventlog::{ProjectionChange, ProjectionFailure};
use sqlx::PgConnection;

use super::connectors::{hold_binding, set_dc};
use super::streams::administered_unit;
use super::{Store, StoreError};
use crate::domain::{
    ConnectorEvent, ConnectorGroupId, ConnectorRefusal, DomainController, GroupDcSet, TenantId,
};

/// The group's DC, as an administrator names it. Refuses the unit with a [`ConnectorRefusal`] while an operation of the group
/// is with a connector or in doubt. Deliveries are appended under the same lock: none comes in between.
struct GroupDcMoved {
    tenant: TenantId,
    group: ConnectorGroupId,
    dc: DomainController,
    /// What was delivered up to this moment (unix µs) may be lost from now on.
    lost_before_us: Option<i64>,
}

impl ProjectionChange for GroupDcMoved {
    fn apply<'c>(&'c self, connection: &'c mut PgConnection) -> BoxFuture<'c, Result<(), ProjectionFailure>> {
        Box::pin(async move {
            hold_binding(connection, self.tenant, self.group).await?;
            require_nothing_in_flight(connection, self.tenant, self.group).await?;
            set_dc(self.tenant, self.group, &self.dc, self.lost_before_us)
                .execute(connection)
                .await?;
            Ok(())
        })
    }
}

impl Store {
    /// Makes this the group's DC, with its event.
    ///
    /// # Errors
    /// [`StoreError`]; of it, a [`ConnectorRefusal`] while an operation of the group is with a connector or in doubt.
    pub async fn move_group_dc(
        &self,
        tenant: TenantId,
        (group, dc): (ConnectorGroupId, DomainController),
        host_before: Option<String>,
        lost_before_us: Option<i64>,
        actor: &str,
    ) -> Result<(), StoreError> {
        let event = ConnectorEvent::GroupDcSet(GroupDcSet {
            group,
            host: dc.host.clone(),
            invocation_id: dc.invocation_id.clone(),
            host_before,
            lost_before_us,
        });
        let unit = administered_unit(tenant, &event, actor)?.changing(GroupDcMoved {
            tenant,
            group,
            dc,
            lost_before_us,
        });
        self.log(tenant).await?.append(unit).await?;
        Ok(())
    }
}

/// Refuses while an operation of the group is with a connector or in doubt.
async fn require_nothing_in_flight(
    connection: &mut PgConnection,
    tenant: TenantId,
    group: ConnectorGroupId,
) -> Result<(), ProjectionFailure> {
    let (delivered, in_doubt): (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE state = 'DELIVERED'), count(*) FILTER (WHERE state = 'IN_DOUBT') \
         FROM directory.operations WHERE tenant_id = $1 AND group_id = $2 AND state <> 'ENDED'",
    )
    .bind(tenant.uuid())
    .bind(group.uuid())
    .fetch_one(connection)
    .await?;
    if (delivered, in_doubt) == (0, 0) {
        return Ok(());
    }
    let count = |count| u32::try_from(count).unwrap_or(u32::MAX);
    Err(ProjectionFailure::refused(ConnectorRefusal::OperationsInFlight {
        delivered: count(delivered),
        in_doubt: count(in_doubt),
    }))
}
