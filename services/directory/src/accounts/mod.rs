//! Accounts as connectors synced them: a projection that a full sync rebuilds. Names live here and nowhere else.

use time::OffsetDateTime;

use crate::domain::{AccountAnchor, ConnectorGroupId};
use crate::store::StoreError;

/// A synced account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// AD `objectGUID`.
    pub anchor: AccountAnchor,
    /// The group that synced it.
    pub group: ConnectorGroupId,
    /// userPrincipalName; may be empty.
    pub user_principal_name: String,
    /// sAMAccountName.
    pub sam_account_name: String,
    /// displayName; may be empty.
    pub display_name: String,
    /// Not disabled, as of the sync.
    pub enabled: bool,
    /// When a sync last saw it.
    pub synced_at: OffsetDateTime,
}

/// How a caller names an account.
#[derive(Clone, PartialEq, Eq)]
pub enum AccountName {
    /// userPrincipalName, without regard to case.
    UserPrincipalName(String),
    /// sAMAccountName, without regard to case.
    SamAccountName(String),
    /// AD `objectGUID`.
    Anchor(AccountAnchor),
}

/// Why no single account was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// `ACCOUNT_NOT_SYNCED`.
    #[error("no synced account has this name")]
    NotFound,
    /// `ACCOUNT_AMBIGUOUS`.
    #[error("more than one account has this name")]
    Ambiguous {
        /// The groups that have one.
        groups: Vec<ConnectorGroupId>,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
