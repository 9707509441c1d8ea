//! The schemas `eventlog` and `connector`, and the rights of the service's role. The owner migrates and grants; the
//! service appends and reads.

use groundwire_eventlog::grant_writer;
use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

/// Brings both schemas up to date. Safe to run by several processes at once.
///
/// # Errors
/// [`MigrateError`] if the database fails or holds a schema that this version does not know.
pub async fn migrate(owner: &PgPool) -> Result<(), MigrateError> {
    groundwire_eventlog::migrate(owner).await?;
    let mut migrator: Migrator = sqlx::migrate!("./migrations");
    migrator.create_schema("connector");
    migrator.dangerous_set_table_name("connector._migrations");
    let mut connection = owner.acquire().await?;
    migrator.run_direct(None, &mut *connection, false).await
}

/// Lets the service's role append to the log and keep its projection; it can change nothing that was recorded.
///
/// # Errors
/// [`sqlx::Error`] if the database fails, the role does not exist, or the caller does not own the schemas.
pub async fn grant_service(owner: &PgPool, role: &str) -> Result<(), sqlx::Error> {
    grant_writer(owner, role).await?;
    sqlx::query("SELECT connector.grant_service($1)")
        .bind(role)
        .execute(owner)
        .await
        .map(drop)
}
