//! A sync: the accounts in scope, in pages. What came is put aside and applied in one transaction at the end frame; a
//! stream that breaks off changes nothing, and nothing is removed unless the end frame says so.

use std::sync::Arc;

use groundwire_proto::gateway::v1::sync_accounts_request::Frame;
use groundwire_proto::gateway::v1::{
    SyncAccountsResponse, SyncEnd, SyncPage, SyncedAccount as ReportedAccount,
};
use groundwire_proto::ids::parse_uuid;
use uuid::Uuid;

use crate::domain::{AccountsSynced, ConnectorEvent, ErrorClass, SyncRow};
use crate::enrollment::identity::ConnectorIdentity;
use crate::store::streams::connector_unit;
use crate::store::{Store, StoreError};

/// Most accounts in a page (the contract).
pub const MAX_PAGE: usize = 1_000;

/// Longest name, in bytes. AD's longest are a displayName of 256 and a userPrincipalName of 1,024 characters (MS-ADA1,
/// MS-ADA3).
const MAX_NAME_BYTES: usize = 4_096;

/// Why a sync ended without effect.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// A frame that does not belong here.
    #[error("expected {0}")]
    Unexpected(&'static str),
    /// An id that is no UUID.
    #[error("{0} is not a UUID")]
    MalformedId(&'static str),
    /// Too many accounts in a page.
    #[error("a page has at most {MAX_PAGE} accounts")]
    PageTooLarge,
    /// A name that cannot be one.
    #[error("a name is longer than {MAX_NAME_BYTES} bytes")]
    NameTooLong,
    /// An account came twice.
    #[error("an account came twice")]
    Repeated,
    /// The end frame counts other than what arrived.
    #[error("the end frame says {announced} accounts, {arrived} arrived")]
    Miscounted {
        /// By the end frame.
        announced: u64,
        arrived: u64,
    },
    /// The stream broke off or went silent.
    #[error("the sync broke off before its end; nothing was changed")]
    BrokenOff,
    /// It is not attached, or not the one of its group that syncs.
    #[error("this connector is not attached, or another one of its group syncs the accounts")]
    NotTheSyncingConnector,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SyncError {
    /// What the connector can do about it.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Unexpected(_)
            | Self::MalformedId(_)
            | Self::PageTooLarge
            | Self::NameTooLong
            | Self::Repeated
            | Self::Miscounted { .. } => ErrorClass::Malformed,
            Self::BrokenOff => ErrorClass::BrokenOff,
            Self::NotTheSyncingConnector => ErrorClass::Premature,
            Self::Store(_) => ErrorClass::Passing,
        }
    }
}

/// One sync under way.
pub struct Sync {
    store: Arc<Store>,
    who: ConnectorIdentity,
    sync_id: Uuid,
    /// Names the pages that were put aside; ours, since a connector could choose another one's.
    staged_as: Uuid,
    arrived: u64,
}

impl Sync {
    /// Begins with the first frame.
    ///
    /// # Errors
    /// [`SyncError`] if that is not a start.
    pub fn start(store: Arc<Store>, who: ConnectorIdentity, first: Option<Frame>) -> Result<Self, SyncError> {
        let Some(Frame::Start(start)) = first else {
            return Err(SyncError::Unexpected("a start frame"));
        };
        let sync_id = parse_uuid(&start.sync_id).map_err(|_| SyncError::MalformedId("sync_id"))?;
        Ok(Self {
            store,
            who,
            sync_id,
            staged_as: Uuid::new_v4(),
            arrived: 0,
        })
    }

    /// Puts a page aside.
    pub async fn page(&mut self, page: SyncPage) -> Result<(), SyncError> {
        if page.accounts.len() > MAX_PAGE {
            return Err(SyncError::PageTooLarge);
        }
        let rows = page
            .accounts
            .into_iter()
            .map(row)
            .collect::<Result<Vec<_>, _>>()?;
        self.arrived += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let now = self.store.clock().now();
        let staged = self
            .store
            .stage_accounts(self.who.tenant, self.staged_as, &rows, now)
            .await;
        staged.map_err(|error| {
            if is_repetition(&error) {
                SyncError::Repeated
            } else {
                error.into()
            }
        })
    }

    /// Applies what came.
    ///
    /// # Errors
    /// [`SyncError`]; nothing was changed then, unless it is the log that failed.
    pub async fn end(self, end: SyncEnd) -> Result<SyncAccountsResponse, SyncError> {
        if end.accounts != self.arrived {
            return Err(SyncError::Miscounted {
                announced: end.accounts,
                arrived: self.arrived,
            });
        }
        let ConnectorIdentity {
            tenant,
            group,
            connector,
        } = self.who;
        let now = self.store.clock().now();
        let applied = self
            .store
            .apply_sync(tenant, group, self.staged_as, end.remove_missing, now)
            .await?;
        // After the projection, not with it: a large sync must not hold up the tenant's log, and the accounts are AD's
        // to tell, not the log's.
        let event = ConnectorEvent::AccountsSynced(AccountsSynced {
            connector,
            group,
            sync: self.sync_id,
            added: applied.added,
            updated: applied.updated,
            removed: applied.removed,
            total: applied.total,
            removals: end.remove_missing,
        });
        let unit = connector_unit(connector, &[event]).map_err(StoreError::from)?;
        self.store
            .log(tenant)
            .await?
            .append(unit)
            .await
            .map_err(StoreError::from)?;
        Ok(SyncAccountsResponse {
            added: applied.added,
            updated: applied.updated,
            removed: applied.removed,
            total: applied.total,
        })
    }

    /// Throws away what was put aside.
    pub async fn discard(self) {
        let now = self.store.clock().now();
        if let Err(error) = self
            .store
            .discard_staged(self.who.tenant, self.staged_as, now)
            .await
        {
            tracing::warn!(%error, tenant = %self.who.tenant, "cannot discard the pages of a sync that broke off");
        }
    }
}

fn is_repetition(error: &StoreError) -> bool {
    match error {
        StoreError::Database(error) => error
            .as_database_error()
            .is_some_and(sqlx::error::DatabaseError::is_unique_violation),
        StoreError::Append(_)
        | StoreError::Open(_)
        | StoreError::Read(_)
        | StoreError::Malformed(_)
        | StoreError::Stopping => false,
    }
}

fn row(account: ReportedAccount) -> Result<SyncRow, SyncError> {
    let anchor = account
        .anchor
        .parse()
        .map_err(|_| SyncError::MalformedId("anchor"))?;
    Ok(SyncRow {
        anchor,
        user_principal_name: name(account.user_principal_name)?,
        sam_account_name: name(account.sam_account_name)?,
        display_name: name(account.display_name)?,
        enabled: account.enabled,
    })
}

/// Postgres' text holds no NUL; AD's does.
fn name(text: String) -> Result<String, SyncError> {
    if text.len() > MAX_NAME_BYTES {
        return Err(SyncError::NameTooLong);
    }
    Ok(if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_in_a_name_is_replaced_and_a_huge_name_refused() {
        assert_eq!(name("a\0b".to_owned()).unwrap(), "a\u{fffd}b");
        assert!(matches!(
            name("x".repeat(MAX_NAME_BYTES + 1)),
            Err(SyncError::NameTooLong)
        ));
    }
}
