//! Connections for statements that are to be transactions of their own.

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};

/// A connection of the pool that is in no transaction, whatever was done to it before.
///
/// sqlx gives a connection back within a transaction if whoever began it went away before the server answered: until then
/// it counts none, and rolls none back (`PgTransactionManager::begin`). A statement that is sent upon that is answered
/// with success, and undone with somebody else's transaction.
pub(super) async fn idle_connection(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    // A ROLLBACK alone would be a warning in the server's log each time; a BEGIN within a transaction is one when it helps.
    if let Err(error) = sqlx::raw_sql("BEGIN; ROLLBACK").execute(&mut *connection).await {
        // A transaction that failed refuses BEGIN.
        connection.close_on_drop();
        return Err(error);
    }
    Ok(connection)
}
