//! The schema `eventlog`: its migrations, rights and upkeep. Everything here but [`ensure_partitions`] and [`erase`] is
//! for the role that owns the schema.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Acquire, PgExecutor, PgPool, Postgres};

use crate::{LogId, Position};

/// Brings the schema `eventlog` up to date. Its migrations have a table of their own (`eventlog._migrations`), so a
/// service's own migrations in the same database do not collide with them. Safe to run by several processes at once.
///
/// # Errors
/// [`MigrateError`] if the database fails or holds a schema that this version does not know.
pub async fn migrate<'a>(target: impl Acquire<'a, Database = Postgres>) -> Result<(), MigrateError> {
    let mut migrator: Migrator = sqlx::migrate!("./migrations");
    migrator.create_schema("eventlog");
    migrator.dangerous_set_table_name("eventlog._migrations");
    let mut connection = target.acquire().await?;
    migrator.run_direct(None, &mut *connection, false).await
}

/// Lets a role append and read: insert and select, nothing else. It can neither update, delete nor truncate, and heads
/// follow what it inserts by a trigger.
///
/// # Errors
/// [`sqlx::Error`] if the database fails, the role does not exist, or the caller does not own the schema.
pub async fn grant_writer(pool: &PgPool, role: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT eventlog.grant_writer($1)")
        .bind(role)
        .execute(pool)
        .await
        .map(drop)
}

/// Lets a role erase erasable parts ([`erase`]); not read, not write.
///
/// # Errors
/// The same as for [`grant_writer`].
pub async fn grant_eraser(pool: &PgPool, role: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT eventlog.grant_eraser($1)")
        .bind(role)
        .execute(pool)
        .await
        .map(drop)
}

/// Turns on row-level security: a session sees and writes only the log whose id is in this setting (e.g.
/// `groundwire.tenant`), and none if it is not set. Give the setting to appenders and readers as `session_settings`.
///
/// The owner of the schema and superusers are not bound by it (Postgres documentation, "Row Security Policies").
///
/// # Errors
/// The same as for [`grant_writer`].
pub async fn isolate_by_setting(pool: &PgPool, setting: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT eventlog.isolate_by_setting($1)")
        .bind(setting)
        .execute(pool)
        .await
        .map(drop)
}

/// The range of recorded times that has partitions for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionRange {
    /// First µs (unix time) covered.
    pub from_us: i64,
    /// First µs not covered any more.
    pub until_us: i64,
}

impl PartitionRange {
    /// Nothing is known to be covered.
    pub(crate) const NONE: Self = Self {
        from_us: 0,
        until_us: 0,
    };

    pub(crate) fn covers(self, unix_us: i64) -> bool {
        (self.from_us..self.until_us).contains(&unix_us)
    }
}

/// Makes the partitions of the month of `unix_us` and of `months_ahead` (0 to 12) months after it, where they are
/// missing. A writer may call it; the appender does so by itself.
///
/// # Errors
/// [`sqlx::Error`] if the database fails.
pub async fn ensure_partitions(
    executor: impl PgExecutor<'_>,
    unix_us: i64,
    months_ahead: u8,
) -> Result<PartitionRange, sqlx::Error> {
    let (from_us, until_us) =
        sqlx::query_as("SELECT from_us, until_us FROM eventlog.ensure_partitions($1, $2)")
            .bind(unix_us)
            .bind(i32::from(months_ahead))
            .fetch_one(executor)
            .await?;
    Ok(PartitionRange { from_us, until_us })
}

/// Erases the erasable parts, with their salts, at these positions of a log; answers how many there were. The records
/// stay and the chain still proves them. What backups and the WAL hold of them ages out with those.
///
/// # Errors
/// [`sqlx::Error`] if the database fails or the role was not given the right ([`grant_eraser`]).
pub async fn erase(
    executor: impl PgExecutor<'_>,
    log: LogId,
    positions: &[Position],
) -> Result<u64, sqlx::Error> {
    let positions: Vec<i64> = positions.iter().map(|position| position.to_db()).collect();
    let erased: i64 = sqlx::query_scalar("SELECT eventlog.erase_parts($1, $2)")
        .bind(log.0)
        .bind(positions)
        .fetch_one(executor)
        .await?;
    Ok(u64::try_from(erased).unwrap_or(0))
}
