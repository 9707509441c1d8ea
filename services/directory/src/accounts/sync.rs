//! A sync: the accounts in scope, in pages. What came is put aside and applied in one transaction at the end frame; a
//! stream that breaks off changes nothing, and nothing is removed unless the end frame says so. An account that cannot be
//! stored is left out and named in the answer; it does not stop the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use groundwire_proto::gateway::v1::sync_accounts_request::Frame;
use groundwire_proto::gateway::v1::{
    SyncAccountsResponse, SyncEnd, SyncPage, SyncedAccount as ReportedAccount,
};
use groundwire_proto::ids::parse_uuid;
use uuid::Uuid;

use crate::domain::{AccountAnchor, AccountsSynced, ConnectorEvent, ErrorClass, SyncRow};
use crate::enrollment::identity::ConnectorIdentity;
use crate::store::streams::connector_unit;
use crate::store::{Store, StoreError};

/// Most accounts in a page (the contract).
pub const MAX_PAGE: usize = 1_000;

/// How many accounts that cannot be stored have a line each in the log; of the others it has the number.
const SKIPS_LOGGED: u64 = 10;

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
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Unexpected(_) | Self::MalformedId(_) | Self::PageTooLarge | Self::Miscounted { .. } => {
                ErrorClass::Malformed
            }
            Self::BrokenOff => ErrorClass::BrokenOff,
            Self::NotTheSyncingConnector => ErrorClass::Premature,
            Self::Store(error) if error.is_lasting() => ErrorClass::Defect,
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
    skipped: u64,
    first_skipped: Option<Unstorable>,
}

/// An account that cannot be stored, and why.
#[derive(Debug, PartialEq, Eq)]
struct Unstorable {
    /// As it was sent, and no longer than an anchor is.
    anchor: String,
    fault: &'static str,
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
            skipped: 0,
            first_skipped: None,
        })
    }

    /// Puts a page aside.
    pub async fn page(&mut self, page: SyncPage) -> Result<(), SyncError> {
        if page.accounts.len() > MAX_PAGE {
            return Err(SyncError::PageTooLarge);
        }
        self.arrived += u64::try_from(page.accounts.len()).unwrap_or(u64::MAX);
        // An account that moves while the connector lists may come twice: what came last counts.
        let mut rows: BTreeMap<AccountAnchor, SyncRow> = BTreeMap::new();
        for account in page.accounts {
            match row(account) {
                Ok(row) => drop(rows.insert(row.anchor, row)),
                Err(unstorable) => self.skip(unstorable),
            }
        }
        let rows: Vec<SyncRow> = rows.into_values().collect();
        let now = self.store.clock().now();
        self.store
            .stage_accounts(self.who.tenant, self.staged_as, &rows, now)
            .await?;
        Ok(())
    }

    fn skip(&mut self, unstorable: Unstorable) {
        self.skipped += 1;
        if self.skipped <= SKIPS_LOGGED {
            tracing::warn!(
                tenant = %self.who.tenant,
                connector = %self.who.connector,
                sync = %self.sync_id,
                anchor = unstorable.anchor,
                fault = unstorable.fault,
                "an account cannot be stored, and is left out of the sync"
            );
        }
        self.first_skipped.get_or_insert(unstorable);
    }

    /// The sync, for the log: names nobody.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.sync_id
    }

    /// Applies what came.
    ///
    /// # Errors
    /// [`SyncError`]; nothing was changed then, unless it is the log that failed. What was put aside is to be discarded.
    pub async fn end(&self, end: SyncEnd) -> Result<SyncAccountsResponse, SyncError> {
        if self.skipped > SKIPS_LOGGED {
            tracing::warn!(
                tenant = %self.who.tenant, connector = %self.who.connector, sync = %self.sync_id, skipped = self.skipped,
                "accounts cannot be stored, and are left out of the sync; the first {SKIPS_LOGGED} of them are named above"
            );
        }
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
            skipped: self.skipped,
            first_skipped_why: self
                .first_skipped
                .as_ref()
                .map(|skipped| skipped.fault.to_owned())
                .unwrap_or_default(),
            first_skipped: self
                .first_skipped
                .as_ref()
                .map(|skipped| skipped.anchor.clone())
                .unwrap_or_default(),
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
            tracing::warn!(%error, cause = error.cause(), tenant = %self.who.tenant, "cannot discard the pages of a sync that broke off");
        }
    }
}

fn row(account: ReportedAccount) -> Result<SyncRow, Unstorable> {
    /// Of a UUID's text.
    const ANCHOR_LENGTH: usize = 36;
    let Ok(anchor) = account.anchor.parse() else {
        return Err(Unstorable {
            anchor: account.anchor.chars().take(ANCHOR_LENGTH).collect(),
            fault: "its anchor is not a UUID",
        });
    };
    let names = [
        (&account.user_principal_name, "its userPrincipalName is too long"),
        (&account.sam_account_name, "its sAMAccountName is too long"),
        (&account.display_name, "its displayName is too long"),
    ];
    if let Some((_, fault)) = names.into_iter().find(|(name, _)| name.len() > MAX_NAME_BYTES) {
        return Err(Unstorable {
            anchor: account.anchor,
            fault,
        });
    }
    Ok(SyncRow {
        anchor,
        user_principal_name: storable(account.user_principal_name),
        sam_account_name: storable(account.sam_account_name),
        display_name: storable(account.display_name),
        enabled: account.enabled,
    })
}

/// Postgres' text holds no NUL; AD's does.
fn storable(name: String) -> String {
    if name.contains('\0') {
        name.replace('\0', "\u{fffd}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_in_a_name_is_replaced_and_an_account_with_a_huge_name_is_named_by_its_anchor() {
        assert_eq!(storable("a\0b".to_owned()), "a\u{fffd}b");
        let anchor = Uuid::from_u128(7).to_string();
        let account = ReportedAccount {
            anchor: anchor.clone(),
            display_name: "x".repeat(MAX_NAME_BYTES + 1),
            ..ReportedAccount::default()
        };
        let fault = "its displayName is too long";
        assert_eq!(row(account).err(), Some(Unstorable { anchor, fault }));
    }
}
