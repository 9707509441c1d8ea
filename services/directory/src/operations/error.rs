//! Why a change of an account was not recorded.

use crate::store::StoreError;

/// Why a change was not committed to an account's stream, as far as is known.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Others appended to the stream first, each time. It passes.
    #[error("others kept appending to the account's stream")]
    Contended,
    /// Whether it was recorded could not be found out: it may still come to be in the log.
    #[error("whether the change of the account was recorded is not known")]
    Unknown,
    /// Another operation of the tenant has the id, for ever.
    #[error("the operation id is taken")]
    IdTaken,
    /// The log or another table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
