//! The schemas `directory` and `eventlog`: made and kept up to date by the owner's role, used by the service's role.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AssertSqlSafe, PgPool};

use super::TENANT_SETTING;

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A migration failed, or the database holds one that this version does not know.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// Rights could not be granted.
    #[error("rights could not be granted")]
    Grant(#[from] sqlx::Error),
    /// The service's role is missing; whoever set up the database makes it.
    #[error("there is no role {0}")]
    NoSuchRole(String),
    /// A role's name with characters that would need quoting.
    #[error("a role's name has lower-case letters, digits and underscores only")]
    RoleName,
}

/// Brings both schemas up to date and gives the service's role what it needs: rows in `directory`, insert and select in
/// `eventlog`. Run as the owner; safe to run by several at once.
pub async fn migrate(pool: &PgPool, service_role: &str) -> Result<(), MigrationError> {
    let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    if service_role.is_empty() || !service_role.bytes().all(plain) {
        return Err(MigrationError::RoleName);
    }
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(service_role)
        .fetch_one(pool)
        .await?;
    if !exists {
        return Err(MigrationError::NoSuchRole(service_role.to_owned()));
    }
    groundwire_eventlog::migrate(pool).await?;
    let mut migrator: Migrator = sqlx::migrate!("./migrations");
    migrator.create_schema("directory");
    migrator.dangerous_set_table_name("directory._migrations");
    let mut connection = pool.acquire().await?;
    migrator.run_direct(None, &mut *connection, false).await?;
    drop(connection);

    groundwire_eventlog::isolate_by_setting(pool, TENANT_SETTING).await?;
    groundwire_eventlog::grant_writer(pool, service_role).await?;
    // Default privileges are not used: a table of a later migration is granted when that migration is run.
    let grants = format!(
        "GRANT USAGE ON SCHEMA directory TO {service_role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA directory TO {service_role};
         REVOKE ALL ON directory._migrations FROM {service_role};
         GRANT SELECT ON directory._migrations TO {service_role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA directory TO {service_role};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA directory TO {service_role};"
    );
    sqlx::raw_sql(AssertSqlSafe(grants)).execute(pool).await?;
    Ok(())
}
