//! Accounts as connectors synced them: a projection that a full sync rebuilds. Names live here and nowhere else.

pub mod sync;

use std::sync::Arc;

use time::OffsetDateTime;

use crate::domain::{AccountAnchor, ConnectorGroupId, TenantId};
use crate::store::accounts::AccountCursor;
use crate::store::{Store, StoreError};

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

/// An account as a sync tells it, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct SyncRow {
    /// AD `objectGUID`.
    pub anchor: AccountAnchor,
    /// userPrincipalName; may be empty.
    pub user_principal_name: String,
    /// sAMAccountName.
    pub sam_account_name: String,
    /// displayName; may be empty.
    pub display_name: String,
    /// Not disabled.
    pub enabled: bool,
}

/// How names are compared: without regard to case (Unicode's lower case).
#[must_use]
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// Reads accounts. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    store: Arc<Store>,
}

impl Accounts {
    /// Over this store.
    #[must_use]
    pub const fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// The one account of this name.
    ///
    /// # Errors
    /// [`FindError`].
    pub async fn find(&self, tenant: TenantId, name: &AccountName) -> Result<Account, FindError> {
        let mut found = self.store.accounts_named(tenant, name).await?;
        match (found.pop(), found.as_slice()) {
            (None, _) => Err(FindError::NotFound),
            (Some(account), []) => Ok(account),
            (Some(account), others) => {
                let mut groups: Vec<_> = others
                    .iter()
                    .map(|other| other.group)
                    .chain([account.group])
                    .collect();
                groups.sort();
                groups.dedup();
                Err(FindError::Ambiguous { groups })
            }
        }
    }

    /// A page of accounts by anchor, and where the next one begins, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        name_prefix: &str,
        after: Option<AccountCursor>,
        page_size: u32,
    ) -> Result<(Vec<Account>, Option<AccountCursor>), StoreError> {
        let one_more = page_size.saturating_add(1);
        let mut page = self
            .store
            .accounts(tenant, group, name_prefix, after, one_more)
            .await?;
        let size = usize::try_from(page_size).unwrap_or(usize::MAX);
        if page.len() <= size {
            return Ok((page, None));
        }
        page.truncate(size);
        let next = page.last().map(|last| (last.anchor, last.group));
        Ok((page, next))
    }
}

/// A cursor as a page token: opaque to callers.
#[must_use]
pub fn page_token((anchor, group): AccountCursor) -> String {
    format!("{}{}", anchor.uuid().simple(), group.uuid().simple())
}

/// The cursor of a page token; `None` if it is none of ours.
#[must_use]
pub fn cursor(page_token: &str) -> Option<AccountCursor> {
    let (anchor, group) = page_token.split_at_checked(32)?;
    let id = |text: &str| (text.len() == 32).then(|| uuid::Uuid::try_parse(text).ok())?;
    Some((AccountAnchor::new(id(anchor)?), ConnectorGroupId::new(id(group)?)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_page_token_is_its_cursor_and_nothing_else_is_one() {
        let place = (
            AccountAnchor::new(Uuid::from_u128(1)),
            ConnectorGroupId::new(Uuid::from_u128(2)),
        );
        assert_eq!(cursor(&page_token(place)), Some(place));
        for text in [
            "",
            "x",
            &"0".repeat(63),
            &"ä".repeat(32),
            &format!("{}0", page_token(place)),
        ] {
            assert_eq!(cursor(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_compared_without_regard_to_case() {
        assert_eq!(fold("ÅSA.Ĳ@Example.COM"), fold("åsa.ĳ@example.com"));
    }
}
