//! Connections whose transaction state is known, whoever went away before.
//!
//! sqlx gives a connection back within a transaction if whoever began it went away before the server answered: until then
//! it counts none, and rolls none back (`PgTransactionManager::begin`). The next one would use it within that transaction.

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, PgTransaction, Postgres};

use crate::LogId;

/// A connection of the pool that is in no transaction, whatever was done to it before. A statement that is sent within a
/// forgotten one is answered with success, and undone with it.
pub(crate) async fn idle_connection(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    // A ROLLBACK alone would be a warning in the server's log each time; a BEGIN within a transaction is one when it helps.
    if let Err(error) = sqlx::raw_sql("BEGIN; ROLLBACK").execute(&mut *connection).await {
        // A transaction that failed refuses BEGIN.
        connection.close_on_drop();
        return Err(error);
    }
    Ok(connection)
}

/// Begins a transaction with this statement (`BEGIN…`, perhaps more after it, in one round trip). It is rolled back also
/// if the caller goes away before the server has answered.
///
/// # Errors
/// [`sqlx::Error`] if there is no connection or the statement fails.
pub async fn begin(pool: &PgPool, statement: String) -> Result<PgTransaction<'static>, sqlx::Error> {
    let pool = pool.clone();
    // A task of its own: it ends the beginning, whoever still waits for it.
    let beginning = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(statement)).await });
    beginning.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

/// Keeps everybody else from appending to a log until this transaction ends, however long it reads meanwhile: for who
/// writes the tables beside the log anew.
///
/// # Errors
/// [`sqlx::Error`] if the lock does not come in time.
pub async fn hold_log(connection: &mut PgConnection, log: LogId) -> Result<(), sqlx::Error> {
    // Reading a long log leaves the transaction idle for longer than a request may.
    sqlx::query("SELECT set_config('idle_in_transaction_session_timeout', '0', true)")
        .execute(&mut *connection)
        .await?;
    sqlx::query("SELECT pg_advisory_xact_lock(eventlog.lock_key($1))")
        .bind(log.0)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// Sets them for the transaction that the statement begins.
pub(crate) fn push_settings(sql: &mut String, settings: &[(String, String)]) {
    for (name, value) in settings {
        sql.push_str(&format!(
            "; SELECT set_config({}, {}, true)",
            quote(name),
            quote(value)
        ));
    }
}

/// A literal that means the same whatever `standard_conforming_strings` is.
fn quote(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
