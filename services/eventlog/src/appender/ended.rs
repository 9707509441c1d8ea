//! How a try of a batch ended, and what that says of its connection.

use super::batch::Batch;
use super::transaction::NotReady;
use crate::{AppendError, Appended};

/// How a transaction ended.
pub(super) enum Ended<'u> {
    Committed(Batch<'u>),
    /// COMMIT was sent and answered with an error, or not at all.
    InDoubt(Batch<'u>, Option<sqlx::Error>),
    /// Rolled back: no unit fits.
    NothingFits(Vec<Result<Appended, AppendError>>),
    /// Rolled back, or the connection is lost: COMMIT was not sent.
    NotReady(NotReady),
    /// COMMIT was not sent.
    TimedOut,
}

impl Ended<'_> {
    pub(super) fn leaves_connection_in_order(&self) -> bool {
        match self {
            Self::Committed(_) | Self::NothingFits(_) => true,
            Self::NotReady(NotReady::NoPartition | NotReady::Projection(_) | NotReady::Refused(_)) => true,
            Self::NotReady(NotReady::Passing(_)) | Self::InDoubt(..) | Self::TimedOut => false,
        }
    }
}

impl From<sqlx::Error> for Ended<'_> {
    fn from(error: sqlx::Error) -> Self {
        Self::NotReady(NotReady::from(error))
    }
}
