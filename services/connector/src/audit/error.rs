//! Why the audit log could not be opened, read or appended to, and what may be concluded from it.

use groundwire_eventlog::{AppendError, OpenError, ReadError};

use super::operation::UnreadableEvent;

/// Why the audit log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenAuditError {
    /// The database failed, or was never migrated.
    #[error("the audit store cannot be read")]
    Database(#[from] sqlx::Error),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] OpenError),
}

/// Why something was not recorded, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store is away. Nothing was written, and nothing of it will be.
    #[error("the audit store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Whether it was written is not known.
    #[error("whether it was recorded is not known")]
    NotKnown,
    /// The operation's stream has moved on, or the attempt was received before: somebody else has it. Nothing was
    /// written.
    #[error("the operation was recorded by somebody else meanwhile")]
    Overtaken,
    /// A defect, or a store that is not as it should be.
    #[error("the audit store refused")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<AppendError> for AuditError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Unavailable(_) | AppendError::Closed => Self::Unavailable(Box::new(error)),
            AppendError::Unknown => Self::NotKnown,
            AppendError::VersionConflict { .. } | AppendError::ClaimTaken { .. } => Self::Overtaken,
            AppendError::ProjectionFailed(_) | AppendError::Invalid(_) | AppendError::Refused(_) => {
                Self::Refused(Box::new(error))
            }
        }
    }
}

impl From<ReadError> for AuditError {
    fn from(error: ReadError) -> Self {
        if error.is_passing() {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Refused(Box::new(error))
        }
    }
}

impl From<UnreadableEvent> for AuditError {
    fn from(error: UnreadableEvent) -> Self {
        Self::Refused(Box::new(error))
    }
}
