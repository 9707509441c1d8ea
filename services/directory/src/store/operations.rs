//! The projection `operations`: a row per operation, always the image of its entity in the account's state.

use std::sync::Arc;

use groundwire_kit::clock::{from_unix_us, unix_us};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{FromRow, PgExecutor};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::secrets::StoredSecret;
use super::{Store, StoreError};
use crate::domain::{
    AccountAnchor, ConnectorGroupId, ConnectorId, HandOver, Operation, OperationFlags, OperationId,
    OperationRequested, OperationState, Outcome, Role, TenantId,
};

/// An operation with the account it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOperation {
    pub anchor: AccountAnchor,
    /// The operation; on whose behalf, and by which name, is not in the projection.
    pub operation: Operation,
}

/// Which operations to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct OperationFilter {
    /// Only those of this account.
    pub anchor: Option<AccountAnchor>,
    /// Only those in this state (`REQUESTED` and so on).
    pub state: Option<&'static str>,
    /// Only those requested at or after this (unix µs).
    pub requested_from_us: Option<i64>,
    /// Only those before this one in the order of the list: requested at (unix µs), id.
    pub after: Option<(i64, OperationId)>,
}

/// Writes the rows of operations that a unit touched, with what waits beside them.
pub(crate) struct OperationRows {
    pub(crate) tenant: TenantId,
    pub(crate) anchor: AccountAnchor,
    /// As they are after the unit.
    pub(crate) operations: Vec<Arc<Operation>>,
    /// The new operation's ciphertext.
    pub(crate) secret: Option<(OperationId, StoredSecret)>,
}

/// The function that writes a row and what waits beside it: migration `0003_one_round_trip.sql`.
pub(crate) const PROJECT_OPERATION: &str = "directory.project_operation";

impl OperationRows {
    /// The arguments of [`PROJECT_OPERATION`], one per operation.
    pub(crate) fn changes(&self) -> impl Iterator<Item = serde_json::Value> {
        self.operations.iter().map(|operation| {
            let row = row(self.tenant, self.anchor, operation);
            json!({ "row": row, "waiting": self.waiting(operation) })
        })
    }

    fn waiting(&self, operation: &Operation) -> serde_json::Value {
        let over = match &operation.state {
            OperationState::Ended { .. } | OperationState::InDoubt { .. } => true,
            OperationState::Requested | OperationState::Delivered { .. } => false,
        };
        match &self.secret {
            // Ended, or past its time: no connector opens it any more. (Kinds without a password may have left a proof.)
            Some(_) | None if over => json!("delete"),
            Some((of, waiting)) if *of == operation.request.operation_id => json!({
                "secret": waiting.ciphertext.as_ref().map(hex::encode),
                "proof": waiting.proof,
            }),
            Some(_) | None => json!("keep"),
        }
    }
}

pub(crate) async fn upsert(
    executor: impl PgExecutor<'_>,
    tenant: TenantId,
    anchor: AccountAnchor,
    operation: &Operation,
) -> Result<(), sqlx::Error> {
    let change = json!({ "row": row(tenant, anchor, operation), "waiting": "keep" });
    sqlx::query("SELECT directory.project_operation($1)")
        .bind(Json(change))
        .execute(executor)
        .await
        .map(drop)
}

/// The columns of `directory.operations`.
fn row(tenant: TenantId, anchor: AccountAnchor, operation: &Operation) -> serde_json::Value {
    let request = &operation.request;
    let in_doubt_since = match &operation.state {
        OperationState::InDoubt { since_us, .. } => Some(timestamp(*since_us)),
        OperationState::Requested | OperationState::Delivered { .. } | OperationState::Ended { .. } => None,
    };
    json!({
        "tenant_id": tenant.uuid(),
        "operation_id": request.operation_id.uuid(),
        "anchor": anchor.uuid(),
        "group_id": request.group.uuid(),
        "kind": request.kind.as_str(),
        "flags": request.flags,
        "state": state_name(&operation.state),
        "sequence": i64::try_from(request.sequence).unwrap_or(i64::MAX),
        "attempt": i32::try_from(operation.attempt).unwrap_or(i32::MAX),
        "connector_id": operation.connector().map(ConnectorId::uuid),
        "in_doubt_since": in_doubt_since,
        "outcome": operation.outcome(),
        "requested_by": request.requested_by,
        "role": request.role.name(),
        "requested_at": timestamp(request.requested_at_us),
        "expires_at": timestamp(request.expires_at_us),
        "fingerprint": request.fingerprint,
        "key_ids": request.key_ids,
        "traceparent": request.traceparent,
    })
}

/// As Postgres reads a time, exact to the µs.
fn timestamp(us: i64) -> String {
    // Formatting a valid time does not fail.
    moment(us).format(&Rfc3339).unwrap_or_default()
}

/// As in rows and filters.
#[must_use]
pub const fn state_name(state: &OperationState) -> &'static str {
    match state {
        OperationState::Requested => "REQUESTED",
        OperationState::Delivered { .. } => "DELIVERED",
        OperationState::InDoubt { .. } => "IN_DOUBT",
        OperationState::Ended { .. } => "ENDED",
    }
}

/// A time of an event as Postgres keeps it; µs are exact in both.
pub(crate) fn moment(us: i64) -> OffsetDateTime {
    from_unix_us(us).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[derive(FromRow)]
struct OperationRow {
    operation_id: Uuid,
    anchor: Uuid,
    group_id: Uuid,
    kind: String,
    flags: Json<OperationFlags>,
    state: String,
    sequence: i64,
    attempt: i32,
    connector_id: Option<Uuid>,
    in_doubt_since: Option<OffsetDateTime>,
    outcome: Option<Json<Outcome>>,
    requested_by: String,
    role: String,
    requested_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    fingerprint: String,
    key_ids: Vec<String>,
    traceparent: Option<String>,
}

impl OperationRow {
    fn parse(self) -> Result<StoredOperation, StoreError> {
        self.stored().ok_or(StoreError::Malformed("a row of operations"))
    }

    fn stored(self) -> Option<StoredOperation> {
        let connector = self.connector_id.map(ConnectorId::new);
        let state = match (self.state.as_str(), self.outcome) {
            ("REQUESTED", None) => OperationState::Requested,
            ("DELIVERED", None) => OperationState::Delivered {
                connector: connector?,
            },
            ("IN_DOUBT", None) => OperationState::InDoubt {
                connector: connector?,
                since_us: unix_us(self.in_doubt_since?),
            },
            ("ENDED", Some(outcome)) => OperationState::Ended {
                connector,
                outcome: Box::new(outcome.0),
            },
            _ => return None,
        };
        let request = OperationRequested {
            operation_id: OperationId::new(self.operation_id),
            sequence: u64::try_from(self.sequence).ok()?,
            kind: self.kind.parse().ok()?,
            flags: self.flags.0,
            group: ConnectorGroupId::new(self.group_id),
            requested_by: self.requested_by,
            role: serde_json::from_value::<Role>(self.role.into()).ok()?,
            requested_at_us: unix_us(self.requested_at),
            expires_at_us: unix_us(self.expires_at),
            fingerprint: self.fingerprint,
            key_ids: self.key_ids,
            traceparent: self.traceparent,
            by_name: false,
            on_behalf_of: None,
            lookup_name: None,
        };
        let attempt = u32::try_from(self.attempt).ok()?;
        // The row has no more of the attempts than who has the operation.
        let hand_overs = match &state {
            OperationState::Delivered { connector } | OperationState::InDoubt { connector, .. } => {
                vec![HandOver {
                    attempt,
                    connector: *connector,
                }]
            }
            OperationState::Requested | OperationState::Ended { .. } => Vec::new(),
        };
        let operation = Operation {
            request,
            state,
            attempt,
            delivered_at_us: 0,
            hand_overs,
            evidence: Vec::new(),
        };
        Some(StoredOperation {
            anchor: AccountAnchor::new(self.anchor),
            operation,
        })
    }
}

#[derive(FromRow)]
struct OpenRow {
    operation_id: Uuid,
    anchor: Uuid,
}

impl Store {
    /// One operation of the tenant.
    pub async fn operation(
        &self,
        tenant: TenantId,
        operation: OperationId,
    ) -> Result<Option<StoredOperation>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let row: Option<OperationRow> =
            sqlx::query_as("SELECT * FROM directory.operations WHERE tenant_id = $1 AND operation_id = $2")
                .bind(tenant.uuid())
                .bind(operation.uuid())
                .fetch_optional(&mut transaction)
                .await?;
        row.map(OperationRow::parse).transpose()
    }

    /// Operations of the tenant, newest first.
    pub async fn operations(
        &self,
        tenant: TenantId,
        filter: &OperationFilter,
        limit: i64,
    ) -> Result<Vec<StoredOperation>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<OperationRow> = sqlx::query_as(
            "SELECT * FROM directory.operations WHERE tenant_id = $1
                 AND ($2::uuid IS NULL OR anchor = $2) AND ($3::text IS NULL OR state = $3)
                 AND ($4::timestamptz IS NULL OR requested_at >= $4)
                 AND ($5::timestamptz IS NULL OR (requested_at, operation_id) < ($5, $6))
             ORDER BY requested_at DESC, operation_id DESC LIMIT $7",
        )
        .bind(tenant.uuid())
        .bind(filter.anchor.map(AccountAnchor::uuid))
        .bind(filter.state)
        .bind(filter.requested_from_us.map(moment))
        .bind(filter.after.map(|(us, _)| moment(us)))
        .bind(filter.after.map(|(_, id)| id.uuid()))
        .bind(limit)
        .fetch_all(&mut transaction)
        .await?;
        rows.into_iter().map(OperationRow::parse).collect()
    }

    /// Operations that have not ended: id and account.
    pub async fn open_operations(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<(OperationId, AccountAnchor)>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<OpenRow> = sqlx::query_as(
            "SELECT operation_id, anchor FROM directory.operations
             WHERE tenant_id = $1 AND state <> 'ENDED' ORDER BY anchor, sequence",
        )
        .bind(tenant.uuid())
        .fetch_all(&mut transaction)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (OperationId::new(row.operation_id), AccountAnchor::new(row.anchor)))
            .collect())
    }

    /// When an operation of the tenant was last applied (unix µs), within a group if one is named.
    pub async fn last_applied_us(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
    ) -> Result<Option<i64>, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let outcome: Option<Json<Outcome>> = sqlx::query_scalar(
            "SELECT outcome FROM directory.operations WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id = $2)
                 AND outcome ->> 'code' = 'APPLIED' ORDER BY requested_at DESC LIMIT 1",
        )
        .bind(tenant.uuid())
        .bind(group.map(ConnectorGroupId::uuid))
        .fetch_optional(&mut transaction)
        .await?;
        Ok(outcome.map(|outcome| outcome.0.ended_at_us))
    }
}
