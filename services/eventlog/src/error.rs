//! What can go wrong, and what the caller may conclude from it. Keyed on SQLSTATE, never on message text.

use std::sync::Arc;
use std::time::Duration;

use crate::{InvalidUnit, LogId, Position, ProjectionFailure, StreamName, StreamVersion};

/// Why a unit was not appended.
///
/// For every variant but [`AppendError::Unknown`] nothing of the unit is in the log, and nothing of it will be.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The stream is at another version than expected: somebody else appended. Read, decide again, append again.
    #[error("the stream is at version {actual}")]
    VersionConflict {
        /// The version that the stream had when the unit was decided.
        actual: StreamVersion,
    },
    /// A key of the unit was taken before (by an earlier record, or by an earlier claim of the same unit).
    #[error("{kind} {key} is taken")]
    ClaimTaken {
        /// The claim's kind.
        kind: &'static str,
        /// The claim's key.
        key: String,
    },
    /// A projection change of the unit failed; the unit was rolled back alone.
    #[error("a projection change failed")]
    ProjectionFailed(#[source] ProjectionFailure),
    /// The unit can never be appended: a defect of the caller.
    #[error("invalid unit")]
    Invalid(#[from] InvalidUnit),
    /// The database refused the unit for a reason that does not pass by itself (rights, a constraint, a disagreement
    /// with the heads). Nothing was written.
    #[error("the database refused the unit")]
    Refused(#[source] sqlx::Error),
    /// The database could not be reached or did not answer in time, or the queue stayed full. It is *known* that nothing
    /// was written and nothing will be: the transaction ended without a commit, or was found absent afterwards.
    #[error("the log is not available")]
    Unavailable(#[source] Unavailability),
    /// The connection was lost at commit and it could not be found out within [`crate::AppenderOptions::resolve_deadline`]
    /// whether the unit is durable, or the appender's task ended before it answered. It may be in the log, or not. Find out
    /// by a claim of the unit ([`crate::Reader::claimed_at`]) before appending again.
    #[error("whether the unit was appended is not known")]
    Unknown,
    /// The appender was closed before it took the unit.
    #[error("the appender is closed")]
    Closed,
}

/// Why the log was not available.
#[derive(Debug, thiserror::Error)]
pub enum Unavailability {
    /// The last error of the database while the unit was tried (shared by the units of its batch).
    #[error(transparent)]
    Database(#[from] Arc<sqlx::Error>),
    /// The unit was not written within [`crate::AppenderOptions::deadline`].
    #[error("not done within {0:?}")]
    DeadlineExceeded(Duration),
    /// The queue had no place within [`crate::AppenderOptions::deadline`].
    #[error("the queue was full for {0:?}")]
    QueueFull(Duration),
}

impl AppendError {
    /// True if the same unit may be appended later with another result, without deciding anew.
    ///
    /// [`AppendError::Unknown`] is not: what happened must be found out first.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::VersionConflict { .. }
            | Self::ClaimTaken { .. }
            | Self::ProjectionFailed(_)
            | Self::Invalid(_)
            | Self::Refused(_)
            | Self::Unknown
            | Self::Closed => false,
        }
    }

    /// Why a projection change refused the unit, if one did and for a reason of this type.
    #[must_use]
    pub fn refusal<R: std::error::Error + 'static>(&self) -> Option<&R> {
        match self {
            Self::ProjectionFailed(ProjectionFailure::Refused(reason)) => reason.downcast_ref(),
            Self::ProjectionFailed(ProjectionFailure::Database(_) | ProjectionFailure::Panicked)
            | Self::VersionConflict { .. }
            | Self::ClaimTaken { .. }
            | Self::Invalid(_)
            | Self::Refused(_)
            | Self::Unavailable(_)
            | Self::Unknown
            | Self::Closed => None,
        }
    }
}

/// Why an appender could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database failed.
    #[error("the log could not be opened")]
    Database(#[from] sqlx::Error),
    /// It did not answer in time.
    #[error("the log could not be opened within {0:?}")]
    DeadlineExceeded(Duration),
}

/// Why records could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database failed.
    #[error("the log could not be read")]
    Database(#[from] sqlx::Error),
    /// It did not answer in time.
    #[error("the log could not be read within {0:?}")]
    DeadlineExceeded(Duration),
    /// There is no such log.
    #[error("there is no log {0}")]
    NoSuchLog(LogId),
    /// The record at this position is not there although a later one is: somebody removed it.
    #[error("the record at position {0} is missing")]
    Missing(Position),
    /// The record of this stream at this version is not there although a later one is: somebody removed it.
    #[error("version {1} of stream {0} is missing")]
    MissingInStream(StreamName, StreamVersion),
    /// The record at this position does not parse: somebody changed it.
    #[error("the record at position {0} is malformed")]
    Malformed(Position),
}

impl ReadError {
    /// True if reading again later may succeed.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => is_passing(error),
            Self::DeadlineExceeded(_) => true,
            Self::NoSuchLog(_) | Self::Missing(_) | Self::MissingInStream(..) | Self::Malformed(_) => false,
        }
    }
}

/// True for what comes and goes with the state of the database or the connection, and is not the fault of a statement.
#[must_use]
pub fn is_passing(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Database(error) = error {
        return error.code().is_some_and(|code| is_passing_code(&code));
    }
    matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
    )
}

/// Whether the connection is of no use after this error. An error that the server answered with leaves it in order, unless it
/// says that the session or the server ends (08, 57P), or that the server is a standby now (25006): a new connection may
/// reach its successor.
pub(crate) fn ends_the_session(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return true;
    };
    error
        .code()
        .is_none_or(|code| code.starts_with("08") || code.starts_with("57P") || code == "25006")
}

/// SQLSTATE (Postgres documentation, appendix A): 08 connection, 53 resources, 57 operator intervention (shutdown, query
/// canceled by a time-out), 58 system, 25006 read-only (a standby), 25P03 idle in transaction, 25P04 transaction time-out,
/// 40 rollback (deadlock, serialization), 55P03 lock not available.
fn is_passing_code(code: &str) -> bool {
    matches!(code.get(..2), Some("08" | "40" | "53" | "57" | "58"))
        || matches!(code, "25006" | "25P03" | "25P04" | "55P03")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_is_decided_by_the_sqlstate() {
        for passing in [
            "08006", "40001", "40P01", "53300", "57P01", "57014", "25006", "25P03", "55P03",
        ] {
            assert!(is_passing_code(passing), "{passing}");
        }
        for lasting in ["23505", "23514", "42501", "42P01", "22021", "25P02", ""] {
            assert!(!is_passing_code(lasting), "{lasting}");
        }
    }
}
