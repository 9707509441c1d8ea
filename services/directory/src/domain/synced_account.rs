//! An account that a connector synchronised, and the names it is found by.

use time::OffsetDateTime;

use super::{AccountAnchor, ConnectorGroupId, LookupName};

/// An account as the last sync that saw it reported it.
#[derive(Clone, PartialEq, Eq)]
pub struct SyncedAccount {
    pub anchor: AccountAnchor,
    /// The group that synced it.
    pub group: ConnectorGroupId,
    /// userPrincipalName; may be empty.
    pub user_principal_name: String,
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
    Anchor(AccountAnchor),
}

impl AccountName {
    /// The name to compare in Active Directory before anything is written; an anchor never changes hands.
    #[must_use]
    pub fn lookup_name(&self) -> Option<LookupName> {
        match self {
            Self::UserPrincipalName(name) => Some(LookupName::UserPrincipalName(name.clone())),
            Self::SamAccountName(name) => Some(LookupName::SamAccountName(name.clone())),
            Self::Anchor(_) => None,
        }
    }
}

/// An account of a page of a sync, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct SyncRow {
    pub anchor: AccountAnchor,
    /// userPrincipalName; may be empty.
    pub user_principal_name: String,
    pub sam_account_name: String,
    /// displayName; may be empty.
    pub display_name: String,
    pub enabled: bool,
}

/// What a sync changed, in accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncCounts {
    pub added: u64,
    pub updated: u64,
    pub removed: u64,
    /// How many the group has now.
    pub total: u64,
}

/// How names are compared: without regard to case (Unicode's lower case).
#[must_use]
pub fn fold_name(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_regard_to_case() {
        assert_eq!(fold_name("ÅSA.Ĳ@Example.COM"), fold_name("åsa.ĳ@example.com"));
    }
}
