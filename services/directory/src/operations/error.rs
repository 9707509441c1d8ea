//! Why a change of an account was not recorded.

use crate::store::StoreError;

/// Why nothing was committed to an account's stream.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Others appended to the stream first, each time. It passes.
    #[error("others kept appending to the account's stream")]
    Contended,
    /// Another operation of the tenant has the id, for ever.
    #[error("the operation id is taken")]
    IdTaken,
    /// The log or another table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
