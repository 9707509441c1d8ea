//! The directory's Postgres: the tenants' logs and the projections beside them.
//!
//! Promises: every query runs in a transaction that names its tenant, and row-level security holds it to that tenant
//! (the second wall beside the `WHERE`); nothing here keeps a secret in the clear; every statement goes through a [`Session`],
//! which ends it at a deadline of ours and closes its connection then.
//!
//! Types of the domain go in and come out, never messages of the contract. An id is bound as its `uuid()`; a row is read by
//! a private `…Row` that derives `FromRow`, and becomes a type of the domain by `From`, or by `parse` where it may be
//! malformed.
//!
//! SQL is text and not `query!`: the macro needs a migrated database at build time, or files in `.sqlx` that are made anew
//! with every statement; and what goes wrong here (a tenant not named, a right not granted, what is inside a `jsonb`) it
//! does not see. `tests/it` runs the statements against the migrated schema, with the role that the service has.

pub mod accounts;
pub mod connectors;
pub mod enrollment;
mod group_dc;
pub mod log_heads;
pub mod operations;
pub(crate) mod rebuild;
pub mod schema;
pub mod sealing_keys;
pub mod secrets;
pub mod settings;
pub mod streams;
pub mod tenants;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_eventlog::{
    AppendError, Appender, AppenderOptions, LogId, OpenError, ProjectionFailure, ReadError, Reader,
    STATEMENT_DEADLINE, Session, Unavailability, WakeUps, is_passing,
};
use groundwire_kit::clock::Clock;
use parking_lot::RwLock;
use sqlx::PgPool;
use sqlx::postgres::PgDatabaseError;
use uuid::Uuid;

use crate::domain::TenantId;

/// The log of what belongs to no tenant.
pub const SYSTEM_LOG: TenantId = TenantId::new(Uuid::from_u128(0x6772_6f75_6e64_7769_7265_0000_0000_0001));

/// The setting by which row-level security knows the tenant.
pub const TENANT_SETTING: &str = "groundwire.tenant";

/// Where nobody says how long the server lets a statement take: its default, and a moment.
const BULK_DEADLINE: Duration = Duration::from_secs(11);

/// The pool and what is kept per tenant. One per process.
pub struct Store {
    pool: PgPool,
    bulk_deadline: Duration,
    clock: Arc<dyn Clock>,
    wake_ups: WakeUps,
    logs: RwLock<HashMap<TenantId, Appender>>,
    opening: tokio::sync::Mutex<()>,
}

/// The database could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A unit was not appended.
    #[error("the log took no record")]
    Append(#[from] AppendError),
    /// A log could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A row or record that this version cannot read: a defect, or another version wrote it.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// The process is stopping.
    #[error("the service is stopping")]
    Stopping,
}

impl StoreError {
    /// Whether it would fail again: what is stored, or was to be, is at fault and not the state of the database.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Database(error) | Self::Open(OpenError::Database(error)) => !is_passing(error),
            Self::Read(error) => !error.is_passing(),
            Self::Append(
                AppendError::ProjectionFailed(_) | AppendError::Invalid(_) | AppendError::Refused(_),
            )
            | Self::Malformed(_) => true,
            Self::Append(
                AppendError::VersionConflict { .. }
                | AppendError::ClaimTaken { .. }
                | AppendError::Unavailable(_)
                | AppendError::Unknown
                | AppendError::Closed,
            )
            | Self::Open(OpenError::DeadlineExceeded(_))
            | Self::Stopping => false,
        }
    }

    /// The innermost cause in words for the log and for administrators. Of an error of the database its SQLSTATE and what of
    /// the schema it names: its text may hold a value of a row.
    #[must_use]
    pub fn cause(&self) -> String {
        let answered = self.database_error().and_then(sqlx::Error::as_database_error);
        if let Some(error) = answered.and_then(|error| error.try_downcast_ref::<PgDatabaseError>()) {
            let place = [error.table(), error.constraint()].into_iter().flatten();
            return std::iter::once(format!("SQLSTATE {}", error.code()))
                .chain(place.map(str::to_owned))
                .collect::<Vec<_>>()
                .join(", ");
        }
        let mut cause: &dyn std::error::Error = self;
        while let Some(source) = cause.source() {
            cause = source;
        }
        cause.to_string()
    }

    fn database_error(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Database(error)
            | Self::Open(OpenError::Database(error))
            | Self::Read(ReadError::Database(error))
            | Self::Append(
                AppendError::Refused(error)
                | AppendError::ProjectionFailed(ProjectionFailure::Database(error)),
            ) => Some(error),
            Self::Append(AppendError::Unavailable(Unavailability::Database(error))) => Some(error),
            Self::Append(_) | Self::Open(_) | Self::Read(_) | Self::Malformed(_) | Self::Stopping => None,
        }
    }
}

impl Store {
    /// A store over this pool. Must be called on a tokio runtime.
    #[must_use]
    pub fn new(pool: PgPool, clock: Arc<dyn Clock>) -> Self {
        Self {
            wake_ups: WakeUps::new(pool.clone()),
            pool,
            bulk_deadline: BULK_DEADLINE,
            clock,
            logs: RwLock::default(),
            opening: tokio::sync::Mutex::default(),
        }
    }

    /// The same for a server that ends a statement after so long: ours end a moment later, where it does not.
    #[must_use]
    pub const fn with_statement_timeout(mut self, statement_timeout: Duration) -> Self {
        self.bulk_deadline = statement_timeout.saturating_add(Duration::from_secs(1));
        self
    }

    /// Whether the database answers a statement.
    pub async fn is_reachable(&self) -> bool {
        let asking = async {
            let mut session = self.session(STATEMENT_DEADLINE).await?;
            sqlx::query("SELECT 1").execute(&mut session).await
        };
        asking.await.is_ok()
    }

    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// A transaction that sees and writes the rows of this tenant only. Dropping it rolls back, which is as good as a
    /// commit (and cheaper) where nothing was written.
    pub async fn tenant_transaction(&self, tenant: TenantId) -> Result<Session, StoreError> {
        self.begin_for(tenant, STATEMENT_DEADLINE).await
    }

    /// The same for statements on many rows: of a sync, and where a caller looks for names that begin so.
    async fn bulk_transaction(&self, tenant: TenantId) -> Result<Session, StoreError> {
        self.begin_for(tenant, self.bulk_deadline).await
    }

    async fn begin_for(&self, tenant: TenantId, deadline: Duration) -> Result<Session, StoreError> {
        // One round trip. A UUID's text needs no quoting.
        let statement = format!("BEGIN; SELECT set_config('groundwire.tenant', '{tenant}', true)");
        Ok(Session::begin(&self.pool, deadline, statement).await?)
    }

    /// A connection outside of any transaction.
    async fn session(&self, deadline: Duration) -> Result<Session, sqlx::Error> {
        Session::acquire(&self.pool, deadline).await
    }

    /// A transaction that reads the rows of all tenants in the few tables whose policy says so (tenants, enrolment
    /// tokens): for operators, for start-up, and for a caller whose tenant is not known yet.
    pub async fn all_tenants_transaction(&self) -> Result<Session, StoreError> {
        let statement = "BEGIN; SELECT set_config('groundwire.all_tenants', 'on', true)".to_owned();
        Ok(Session::begin(&self.pool, STATEMENT_DEADLINE, statement).await?)
    }

    /// The tenant's log, opened once per process.
    pub async fn log(&self, tenant: TenantId) -> Result<Appender, StoreError> {
        if let Some(log) = self.opened(tenant) {
            return Ok(log);
        }
        let _one_at_a_time = self.opening.lock().await;
        if let Some(log) = self.opened(tenant) {
            return Ok(log);
        }
        let clock = Arc::clone(&self.clock);
        let mut options = AppenderOptions::new(Arc::new(move || clock.unix_us()));
        options.session_settings = session_settings(tenant);
        options.wake_ups = Some(self.wake_ups.clone());
        let log = Appender::open(self.pool.clone(), LogId(tenant.uuid()), options).await?;
        let mut logs = self.logs.write();
        logs.insert(tenant, log.clone());
        Ok(log)
    }

    /// Reads the tenant's log.
    #[must_use]
    pub fn reader(&self, tenant: TenantId) -> Reader {
        Reader::new(self.pool.clone(), LogId(tenant.uuid()))
            .with_session_settings(session_settings(tenant))
            .with_deadline(STATEMENT_DEADLINE)
    }

    /// Waits until what is queued is appended; nothing is taken any more.
    pub async fn close(&self) {
        let logs: Vec<Appender> = {
            let logs = self.logs.read();
            logs.values().cloned().collect()
        };
        for log in logs {
            log.close().await;
        }
    }

    fn opened(&self, tenant: TenantId) -> Option<Appender> {
        let logs = self.logs.read();
        logs.get(&tenant).cloned()
    }
}

fn session_settings(tenant: TenantId) -> Vec<(String, String)> {
    vec![(TENANT_SETTING.to_owned(), tenant.to_string())]
}
