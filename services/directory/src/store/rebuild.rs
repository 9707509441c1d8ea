//! Rebuilds a tenant's projections from its log: they hold nothing that the events do not.

use std::collections::BTreeMap;

use groundwire_eventlog::{LogId, Position, Record, Session, hold_log};

use super::{Store, StoreError, operations, tenants};
use crate::domain::{AccountAnchor, AccountEvent, AccountState, TenantEvent, TenantId, evolve};

const PAGE: u32 = 500;

impl Store {
    /// Drops and writes anew the rows of `tenants`, `connector_groups`, `writeback_settings` and `operations` that belong
    /// to this tenant, in one transaction, and returns how many operations there are. Holds the log's lock: nothing can be
    /// appended meanwhile. For use while no service runs: what a process has in memory is not changed.
    ///
    /// # Errors
    /// [`StoreError`]; the rows are as before then. A log that is not there, does not reach to its head
    /// or does not hold the creation of its tenant is one.
    pub async fn rebuild(
        &self,
        tenant: TenantId,
        progress: &mut (dyn FnMut(Position, Position) + Send),
    ) -> Result<usize, StoreError> {
        let reader = self.reader(tenant);
        let mut transaction = self.bulk_transaction(tenant).await?;
        hold_log(&mut transaction, LogId(tenant.uuid())).await?;
        remove_rows(&mut transaction, tenant).await?;
        let end = reader.head().await?.position;
        let mut accounts: BTreeMap<AccountAnchor, AccountState> = BTreeMap::new();
        let mut position = Position::ZERO;
        loop {
            let page = reader.read_log(position, PAGE).await?;
            let Some(last) = page.last() else { break };
            position = last.position;
            for record in &page {
                replay(&mut transaction, tenant, &mut accounts, record).await?;
            }
            progress(position, end);
        }
        if position != end {
            return Err(StoreError::Malformed("the log, which does not end at its head,"));
        }
        let holds_creation: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM directory.tenants WHERE tenant_id = $1)")
                .bind(tenant.uuid())
                .fetch_one(&mut transaction)
                .await?;
        if !holds_creation {
            return Err(StoreError::Malformed(
                "the log, which does not hold the creation of its tenant,",
            ));
        }
        for (anchor, state) in &accounts {
            for operation in state.operations.values() {
                operations::upsert(&mut transaction, tenant, *anchor, operation).await?;
            }
        }
        transaction.commit().await?;
        Ok(accounts.values().map(|state| state.operations.len()).sum())
    }
}

async fn remove_rows(session: &mut Session, tenant: TenantId) -> Result<(), sqlx::Error> {
    for statement in [
        "DELETE FROM directory.operations WHERE tenant_id = $1",
        "DELETE FROM directory.writeback_settings WHERE tenant_id = $1",
        "DELETE FROM directory.connector_groups WHERE tenant_id = $1",
        "DELETE FROM directory.tenants WHERE tenant_id = $1",
    ] {
        sqlx::query(statement)
            .bind(tenant.uuid())
            .execute(&mut *session)
            .await?;
    }
    Ok(())
}

async fn replay(
    session: &mut Session,
    tenant: TenantId,
    accounts: &mut BTreeMap<AccountAnchor, AccountState>,
    record: &Record,
) -> Result<(), StoreError> {
    let malformed = || StoreError::Malformed("a record");
    match record.stream.as_str().split_once('/') {
        Some(("tenant", _)) => {
            let event = TenantEvent::parse(&record.event_type, &record.body).map_err(|_| malformed())?;
            if let Some(event) = event {
                tenants::apply(session, tenant, &event).await?;
            }
        }
        Some(("account", anchor)) => {
            let anchor = anchor.parse::<AccountAnchor>().map_err(|_| malformed())?;
            let event = account_event(record)?;
            let state = accounts.entry(anchor).or_default();
            *state = evolve(std::mem::take(state), &event);
        }
        // Streams of others have projections of their own.
        Some(_) | None => {}
    }
    Ok(())
}

/// The event of a record of an account's stream.
pub(crate) fn account_event(record: &Record) -> Result<AccountEvent, StoreError> {
    AccountEvent::parse(
        &record.event_type,
        record.schema_version,
        &record.body,
        record.metadata.traceparent.as_deref(),
        record.erasable.as_deref(),
    )
    .map_err(|_| StoreError::Malformed("a record of an account"))
}
