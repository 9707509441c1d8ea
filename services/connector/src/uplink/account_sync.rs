//! Sends the directory the accounts that are in scope: on an interval, or when the directory says so, on a stream (and connection) of
//! its own, so that bulk never delays a password.
//!
//! Promises: a listing that was not read whole ends without `SyncEnd`, so the directory removes nothing; a listing that
//! the guard does not let through adds and updates only, until an operator on premises confirms it; a sync that fails again
//! and again, or that leaves accounts out, is a condition of the connector.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::{BootInstant, Clock};
use groundwire_kit::supervision::{Backoff, BackoffLimits, Shutdown};
use groundwire_proto::gateway::v1::sync_accounts_request::Frame;
use groundwire_proto::gateway::v1::{
    SyncAccountsRequest, SyncAccountsResponse, SyncEnd, SyncPage, SyncStart, SyncedAccount,
};
use groundwire_proto::reasons::{Reason, ReasonCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use uuid::Uuid;

use super::conditions::{Complaint, Conditions};
use super::dial::{DialError, Dialer};
use super::parts::SyncRequest;
use super::removal_guard::{Baseline, RemovalGuard};
use super::sync_state::{SyncFiles, SyncState};
use crate::ad::{ActiveDirectory, AdError, ListedAccount};
use crate::policy::Scope;

/// No more often than this, whatever the directory asks for.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(60);
/// How soon an operator's confirmation is noticed.
const LOOK_FOR_CONFIRMATION: Duration = Duration::from_millis(500);
/// Pages between the controller and the directory.
const PAGES: usize = 2;

/// What the sync is made of.
pub struct AccountSync {
    /// How to reach the gateway.
    pub dialer: Dialer,
    /// What is listed.
    pub ad: Arc<dyn ActiveDirectory>,
    /// Which accounts are listed.
    pub scope: Scope,
    /// When removals are held back.
    pub guard: RemovalGuard,
    /// What is kept.
    pub files: SyncFiles,
    /// How often, unless the directory says otherwise.
    pub interval: Duration,
    /// The longest time for one sync.
    pub timeout: Duration,
    /// Where held removals are shown.
    pub conditions: Conditions,
    /// What the directory requests.
    pub requests: watch::Receiver<SyncRequest>,
    /// How the last sync ended, and how many failed since one was done.
    pub ended: watch::Sender<SyncEnded>,
    /// The wall clock and the boot clock.
    pub clock: Arc<dyn Clock>,
}

/// How syncs end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncEnded {
    /// The last one that was done.
    pub done: Option<SyncDone>,
    /// How many failed since then.
    pub failed: u64,
}

/// A sync that the directory answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncDone {
    /// When it was answered (unix µs).
    pub at_us: i64,
    /// How many accounts were listed.
    pub accounts: u64,
    /// Whether missing ones were removed.
    pub removed_missing: bool,
    /// How many the directory removed.
    pub removed: u64,
    /// How many the directory left out, because it cannot store them.
    pub skipped: u64,
}

/// Why a sync did not come to its end. Nothing was removed.
#[derive(Debug, thiserror::Error)]
enum SyncError {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error("the accounts cannot be listed: {0}")]
    Listing(#[from] AdError),
    #[error("the directory refused: {} ({})", .0.message(), .0.code())]
    Refused(Box<Status>),
    #[error("the directory ended the stream")]
    Ended,
    #[error("not done within {0:?}")]
    Deadline(Duration),
}

impl SyncError {
    /// What administrators are shown: the directory's words, and of the rest what kind it is.
    fn cause(&self) -> String {
        match self {
            Self::Dial(_) => "the directory cannot be reached".to_owned(),
            Self::Listing(_) => "the accounts cannot be listed in Active Directory".to_owned(),
            Self::Refused(_) | Self::Ended | Self::Deadline(_) => self.to_string(),
        }
    }
}

impl AccountSync {
    /// Syncs whenever it is due, until the shutdown.
    pub async fn run(mut self, shutdown: Shutdown) {
        let mut backoff = Backoff::new(BackoffLimits {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            stable_after: Duration::ZERO,
        });
        let mut failing_since = None;
        // The first is due at once; another stream alone makes none due.
        let (mut due_at, mut seen) = (self.clock.boot(), 0);
        loop {
            let work = async {
                self.wait_until_due(due_at, &mut seen).await;
                self.sync_with_deadline().await
            };
            let outcome = tokio::select! {
                outcome = work => outcome,
                () = shutdown.draining() => return,
            };
            match outcome {
                Ok(done) => {
                    backoff.connected(self.clock.boot());
                    backoff.disconnected(self.clock.boot());
                    due_at = self.clock.boot().plus(self.next_wait());
                    failing_since = None;
                    self.ended.send_replace(SyncEnded {
                        done: Some(done),
                        failed: 0,
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "accounts were not synced");
                    self.ended.send_modify(|ended| ended.failed += 1);
                    self.complain(&error, failing_since);
                    failing_since.get_or_insert(self.clock.now());
                    let pause = backoff.next_delay(rand::random());
                    due_at = self.clock.boot().plus(pause);
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = shutdown.draining() => return,
                    }
                }
            }
        }
    }

    /// One that failed is tried again at once, and nobody need know; one that fails again is a condition.
    fn complain(&self, error: &SyncError, failing_since: Option<OffsetDateTime>) {
        let Some(since) = failing_since else { return };
        let reason = Reason::new(ReasonCode::AccountSyncFailing)
            .with("since", since.format(&Rfc3339).unwrap_or_default())
            .with("why", error.cause());
        self.conditions.set(Complaint::AccountSync, Some(reason));
    }

    fn next_wait(&self) -> Duration {
        let requested = self.requests.borrow().interval;
        requested.unwrap_or(self.interval).max(SHORTEST_INTERVAL)
    }

    /// Waits until a sync is due, the directory requests one at once, or an operator confirmed a held one; and until this
    /// connector is the one that syncs the accounts. `seen` is the last request that was served.
    async fn wait_until_due(&mut self, due_at: BootInstant, seen: &mut u64) {
        loop {
            let request = *self.requests.borrow_and_update();
            let left = due_at.since(self.clock.boot());
            let is_held = self.conditions.get(Complaint::AccountRemovals).is_some();
            let is_confirmed = is_held && self.files.confirmation().is_some();
            let is_requested = request.now && request.serial != *seen;
            if request.sync_accounts && (is_requested || left.is_zero() || is_confirmed) {
                *seen = request.serial;
                return;
            }
            let pause = if request.sync_accounts {
                left.min(LOOK_FOR_CONFIRMATION)
            } else {
                LOOK_FOR_CONFIRMATION
            };
            tokio::select! {
                changed = self.requests.changed() => {
                    if changed.is_err() {
                        // No request can come any more; the shutdown ends this task.
                        std::future::pending::<()>().await;
                    }
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn sync_with_deadline(&self) -> Result<SyncDone, SyncError> {
        tokio::time::timeout(self.timeout, self.sync())
            .await
            .map_err(|_| SyncError::Deadline(self.timeout))?
    }

    /// One sync. Where nothing is known of an earlier one, the first pass removes nothing, and the directory's own count
    /// is what the listing is compared with.
    async fn sync(&self) -> Result<SyncDone, SyncError> {
        let confirmation = self.files.confirmation();
        let known = self.files.state().accounts.map(Baseline::Accounts);
        let baseline = confirmation
            .map(|confirmed| Baseline::Confirmed(confirmed.accounts))
            .or(known);
        let (found, removing, mut answer) = self.pass(baseline).await?;
        let mut removing = removing;
        let compared_with = match baseline {
            Some(Baseline::Accounts(accounts) | Baseline::Confirmed(accounts)) => accounts,
            None => answer.total,
        };
        if baseline.is_none() && found > 0 && self.guard.lets_through(Baseline::Accounts(answer.total), found)
        {
            removing = true;
            if answer.total != found {
                let second = self.pass(Some(Baseline::Accounts(answer.total))).await?;
                (removing, answer) = (second.1, second.2);
            }
        }
        self.conclude(found, removing, compared_with);
        let left_out = (answer.skipped > 0).then(|| {
            Reason::new(ReasonCode::AccountSyncFailing)
                .with("skipped", answer.skipped)
                .with("anchor", &answer.first_skipped)
                .with("fault", &answer.first_skipped_why)
        });
        self.conditions.set(Complaint::AccountSync, left_out);
        tracing::info!(
            accounts = found,
            added = answer.added,
            updated = answer.updated,
            removed = answer.removed,
            skipped = answer.skipped,
            "accounts synced"
        );
        Ok(SyncDone {
            accounts: found,
            removed_missing: removing,
            removed: answer.removed,
            skipped: answer.skipped,
            at_us: self.clock.unix_us(),
        })
    }

    fn conclude(&self, found: u64, removing: bool, compared_with: u64) {
        let before = self.files.state();
        let state = SyncState {
            accounts: if removing { Some(found) } else { before.accounts },
            held: (!removing).then_some(found),
        };
        if state != before
            && let Err(error) = self.files.keep(state)
        {
            tracing::warn!(%error, "the state of the account sync cannot be kept");
        }
        if removing {
            self.files.forget_confirmation();
        }
        let reason = (!removing).then(|| {
            Reason::new(ReasonCode::AccountRemovalsHeld)
                .with("confirmed", compared_with)
                .with("found", found)
        });
        self.conditions.set(Complaint::AccountRemovals, reason);
    }

    /// Lists and sends, once. Without a baseline nothing is removed.
    async fn pass(&self, baseline: Option<Baseline>) -> Result<(u64, bool, SyncAccountsResponse), SyncError> {
        let mut client = self.dialer.dial().await?.client;
        let (up, frames) = mpsc::channel(PAGES);
        let call = client.sync_accounts(ReceiverStream::new(frames));
        let feed = async move {
            let sent = self.feed(&up, baseline).await;
            if sent.is_err() {
                // Without `SyncEnd` the directory removes nothing.
                drop(up);
            }
            sent
        };
        let (fed, answered) = tokio::join!(feed, call);
        match (fed, answered) {
            (Ok((found, removing)), Ok(answer)) => Ok((found, removing, answer.into_inner())),
            // The directory's status says more than that it stopped reading.
            (Err(SyncError::Ended), Err(status)) | (Ok(_), Err(status)) => {
                Err(SyncError::Refused(Box::new(status)))
            }
            (Err(error), _) => Err(error),
        }
    }

    async fn feed(
        &self,
        up: &mpsc::Sender<SyncAccountsRequest>,
        baseline: Option<Baseline>,
    ) -> Result<(u64, bool), SyncError> {
        let send = async |frame: Frame| {
            let request = SyncAccountsRequest { frame: Some(frame) };
            up.send(request).await.map_err(|_| SyncError::Ended)
        };
        let sync_id = Uuid::new_v4().to_string();
        send(Frame::Start(SyncStart { sync_id })).await?;
        let (pages, mut listed) = mpsc::channel::<Vec<ListedAccount>>(PAGES);
        let forward = async {
            let mut found: u64 = 0;
            while let Some(page) = listed.recv().await {
                let accounts: Vec<_> = page.into_iter().map(synced_account).collect();
                found = found.saturating_add(u64::try_from(accounts.len()).unwrap_or(u64::MAX));
                send(Frame::Page(SyncPage { accounts })).await?;
            }
            Ok::<u64, SyncError>(found)
        };
        let (listing, found) = tokio::join!(self.ad.list_accounts(&self.scope, pages), forward);
        let found = found?;
        listing?;
        let remove_missing = baseline.is_some_and(|baseline| self.guard.lets_through(baseline, found));
        let end = SyncEnd {
            accounts: found,
            remove_missing,
        };
        send(Frame::End(end)).await?;
        Ok((found, remove_missing))
    }
}

/// An account that may not say whether it is enabled counts as enabled: the write finds out.
fn synced_account(account: ListedAccount) -> SyncedAccount {
    SyncedAccount {
        anchor: account.anchor.to_string(),
        user_principal_name: account.user_principal_name.unwrap_or_default(),
        sam_account_name: account.sam_account_name.unwrap_or_default(),
        display_name: account.display_name.unwrap_or_default(),
        enabled: account.enabled.unwrap_or(true),
    }
}
