//! Accounts as connectors synced them: a projection that a full sync rebuilds. Names live here and nowhere else.

pub mod sync;

use std::sync::Arc;

use crate::domain::{AccountAnchor, AccountName, ConnectorGroupId, SyncedAccount, TenantId};
use crate::store::accounts::AccountCursor;
use crate::store::{Store, StoreError};

/// Why no single account was found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error("no synced account has this name")]
    NotFound,
    #[error("more than one account has this name")]
    Ambiguous {
        /// The groups that have one.
        groups: Vec<ConnectorGroupId>,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
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

    /// The one account of this name. A userPrincipalName that nobody has explicitly may be an account's implicit one, as at a
    /// domain controller; which one it is there is compared before anything is written.
    pub async fn find(&self, tenant: TenantId, name: &AccountName) -> Result<SyncedAccount, FindError> {
        let mut found = self.store.accounts_named(tenant, name).await?;
        if found.is_empty()
            && let AccountName::UserPrincipalName(principal) = name
        {
            found = self
                .store
                .accounts_of_implicit_principal(tenant, principal)
                .await?;
        }
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
    pub async fn list(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        name_prefix: &str,
        after: Option<AccountCursor>,
        page_size: u32,
    ) -> Result<(Vec<SyncedAccount>, Option<AccountCursor>), StoreError> {
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
}
