//! What is said to the database of a connection or a transaction before the work on it begins.

use crate::{LogId, Session};

/// Keeps everybody else from appending to a log until this transaction ends, however long it reads meanwhile: for who
/// writes the tables beside the log anew.
///
/// # Errors
/// [`sqlx::Error`] if the lock does not come in time.
pub async fn hold_log(session: &mut Session, log: LogId) -> Result<(), sqlx::Error> {
    // Reading a long log leaves the transaction idle for longer than a request may.
    sqlx::query("SELECT set_config('idle_in_transaction_session_timeout', '0', true)")
        .execute(&mut *session)
        .await?;
    sqlx::query("SELECT pg_advisory_xact_lock(eventlog.lock_key($1))")
        .bind(log.0)
        .execute(session)
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
