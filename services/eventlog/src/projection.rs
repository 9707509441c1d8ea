//! Changes to tables beside the log that commit with a unit's records.

use std::fmt;

use futures_util::future::BoxFuture;
use sqlx::PgConnection;

/// How a projection change failed.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionFailure {
    /// The database answered an error.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// It found that the unit must not be: an answer, not a fault. [`crate::AppendError::refusal`] gives it back.
    #[error("it refused the unit")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It panicked: a defect. The message went to the panic hook.
    #[error("it panicked")]
    Panicked,
}

impl ProjectionFailure {
    /// The change found that the unit must not be, for this reason.
    pub fn refused(reason: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Refused(Box::new(reason))
    }
}

/// A change to a projection that commits with the unit's records.
///
/// It runs inside the appender's transaction, under the log's lock, before the records are written: keep it to a few
/// statements, wait for nothing, and leave the transaction open. If it fails, its unit fails alone
/// ([`crate::AppendError::ProjectionFailed`]); one that finds that the unit must not be, says so by
/// [`ProjectionFailure::refused`]. It may be applied more than once (a batch is tried again after a lost
/// connection), each time in a transaction of which at most one commits.
pub trait ProjectionChange: Send + Sync {
    /// Applies the change on the transaction's connection.
    fn apply<'c>(&'c self, conn: &'c mut PgConnection) -> BoxFuture<'c, Result<(), ProjectionFailure>>;
}

/// A change to a projection as a call of an SQL function with one `jsonb` argument, which the appender's role may execute.
///
/// It commits with the unit's records like a [`ProjectionChange`], and can go with them in one round trip, which a change
/// of several statements cannot. Like those it may be tried more than once, and fails alone.
#[derive(Clone)]
pub struct ProjectionCall {
    /// The function with its schema (`directory.project_operation`).
    pub function: &'static str,
    /// Its argument. May be ciphertext: it is neither logged nor shown by `Debug`.
    pub argument: serde_json::Value,
}

impl fmt::Debug for ProjectionCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectionCall")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}
