//! The account sync and its guard, over real TLS 1.3.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_connector::ad::{
    AccountReading, ActiveDirectory, AdError, DomainController, FollowUpRequest, FollowUpResult,
    ListedAccount, MarkerSnapshot, WriteRequest, WriteResult,
};
use groundwire_connector::domain::{AccountAnchor, NamedBy};
use groundwire_connector::identity::IdentityFolder;
use groundwire_connector::policy::Scope;
use groundwire_connector::uplink::{
    AccountSync, Complaint, Confirmation, RemovalGuard, SyncDone, SyncEnded, SyncFiles, SyncState,
};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::testing::{soon, wait_until};
use groundwire_proto::gateway::v1::SettingsChanged;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::reasons::ReasonCode;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use crate::uplink::fake_gateway::{FakeGateway, GatewayStream};
use crate::uplink::rig::UplinkRig;

/// A directory that can only be listed.
struct Listing(Mutex<Result<u128, AdError>>);

fn gone() -> AdError {
    AdError::Unreachable {
        dc: "dc1".to_owned(),
        detail: "scripted".to_owned(),
    }
}

fn anchors(count: u128) -> Vec<String> {
    (1..=count)
        .map(|number| Uuid::from_u128(number).to_string())
        .collect()
}

impl ActiveDirectory for Listing {
    fn domain_controller(&self) -> BoxFuture<'_, Result<DomainController, AdError>> {
        Box::pin(async { Err(gone()) })
    }

    fn read_account<'a>(
        &'a self,
        _: AccountAnchor,
        _: &'a NamedBy,
    ) -> BoxFuture<'a, Result<AccountReading, AdError>> {
        Box::pin(async { Err(gone()) })
    }

    fn read_marker(&self, _: AccountAnchor) -> BoxFuture<'_, Result<MarkerSnapshot, AdError>> {
        Box::pin(async { Err(gone()) })
    }

    fn write<'a>(&'a self, _: &'a WriteRequest<'a>) -> BoxFuture<'a, WriteResult> {
        Box::pin(async { WriteResult::NotSent(gone()) })
    }

    fn follow_up<'a>(&'a self, _: &'a FollowUpRequest) -> BoxFuture<'a, FollowUpResult> {
        Box::pin(async { FollowUpResult::default() })
    }

    fn list_accounts<'a>(
        &'a self,
        _: &'a Scope,
        pages: mpsc::Sender<Vec<ListedAccount>>,
    ) -> BoxFuture<'a, Result<u64, AdError>> {
        let listing = self.0.lock().clone();
        Box::pin(async move {
            // A listing that breaks has sent a page already.
            let count = *listing.as_ref().unwrap_or(&3);
            for number in 1..=count {
                let account = ListedAccount {
                    anchor: AccountAnchor::new(Uuid::from_u128(number)),
                    distinguished_name: format!("CN=u{number},OU=Staff,DC=x"),
                    sam_account_name: Some(format!("u{number}")),
                    user_principal_name: None,
                    display_name: None,
                    mail: None,
                    enabled: Some(true),
                };
                pages
                    .send(vec![account])
                    .await
                    .map_err(|_| AdError::ReceiverGone)?;
            }
            listing.map(|count| u64::try_from(count).unwrap())
        })
    }
}

struct Syncing {
    rig: UplinkRig,
    ad: Arc<Listing>,
    files: SyncFiles,
    ended: watch::Receiver<SyncEnded>,
    // While it stands, syncs are wanted.
    stream: Option<GatewayStream>,
}

impl Syncing {
    async fn start(gateway: &mut FakeGateway, accounts: u128) -> Self {
        gateway.next_welcome(|welcome| welcome.sync_accounts = true);
        let rig = UplinkRig::start(gateway).await;
        let ad = Arc::new(Listing(Mutex::new(Ok(accounts))));
        let files = SyncFiles::of(&IdentityFolder::new(rig.folder.path()));
        let (ended_in, ended) = watch::channel(SyncEnded::default());
        let sync = AccountSync {
            dialer: rig.dialer.clone(),
            ad: ad.clone(),
            scope: Scope {
                include: Vec::new(),
                exclude: Vec::new(),
            },
            guard: RemovalGuard {
                max_fraction: 0.2,
                min_accounts: 1,
            },
            files: files.clone(),
            interval: Duration::from_secs(3600),
            timeout: Duration::from_secs(10),
            conditions: rig.conditions.clone(),
            requests: rig.sync.clone(),
            ended: ended_in,
            clock: Arc::new(SystemClock),
        };
        tokio::spawn(sync.run(rig.shutdown.clone()));
        let stream = Some(gateway.next_stream().await);
        Self {
            rig,
            ad,
            files,
            ended,
            stream,
        }
    }

    /// The directory asks for a sync at once.
    async fn ask(&mut self) {
        self.ended.mark_unchanged();
        let now = SettingsChanged {
            sync_accounts: true,
            ..SettingsChanged::default()
        };
        let stream = self.stream.as_ref().unwrap();
        stream.send(Down::SettingsChanged(now)).await;
    }

    async fn done(&mut self) -> SyncDone {
        let is_done = |ended: &SyncEnded| ended.done.is_some() && ended.failed == 0;
        soon("a sync", async {
            loop {
                self.ended.changed().await.unwrap();
                let ended = *self.ended.borrow_and_update();
                if is_done(&ended) {
                    return ended.done.unwrap();
                }
            }
        })
        .await
    }

    fn list(&self, accounts: Result<u128, AdError>) {
        *self.ad.0.lock() = accounts;
    }
}

#[tokio::test]
async fn removals_are_held_until_an_operator_confirms_them() {
    let mut gateway = FakeGateway::start().await;
    gateway.hold(&anchors(10));
    let mut syncing = Syncing::start(&mut gateway, 10).await;
    assert!(syncing.done().await.removed_missing);
    assert_eq!(syncing.files.state().accounts, Some(10));

    syncing.list(Ok(4));
    syncing.ask().await;
    assert!(!syncing.done().await.removed_missing);
    assert_eq!(gateway.held().len(), 10);
    assert_eq!(
        syncing.files.state(),
        SyncState {
            accounts: Some(10),
            held: Some(4)
        }
    );
    assert!(syncing.rig.conditions.get(Complaint::AccountRemovals).is_some());

    // What `confirm-removals` does; the running service notices by itself.
    syncing.ended.mark_unchanged();
    syncing.files.confirm(Confirmation { accounts: 4 }).unwrap();
    assert!(syncing.done().await.removed_missing);
    assert_eq!(gateway.held(), anchors(4));
    assert_eq!(
        syncing.files.state(),
        SyncState {
            accounts: Some(4),
            held: None
        }
    );
    assert_eq!(syncing.files.confirmation(), None);
    assert!(syncing.rig.conditions.get(Complaint::AccountRemovals).is_none());
}

#[tokio::test]
async fn another_stream_makes_no_sync_due() {
    let mut gateway = FakeGateway::start().await;
    let mut syncing = Syncing::start(&mut gateway, 3).await;
    syncing.done().await;
    while gateway.syncs.try_recv().is_ok() {}
    for _ in 0..3 {
        syncing.stream.take().unwrap().cut().await;
        syncing.stream = Some(gateway.next_stream().await);
    }
    let attached = |state: &groundwire_connector::uplink::LinkState| state.attachments == 4;
    soon("the attachment", syncing.rig.state.wait_for(attached))
        .await
        .unwrap();
    // A request is served after those that came before it: one sync in all.
    syncing.ask().await;
    syncing.done().await;
    gateway.next_sync().await;
    assert!(gateway.syncs.try_recv().is_err(), "the last one was a moment ago");
}

#[tokio::test]
async fn an_empty_listing_removes_nothing() {
    let mut gateway = FakeGateway::start().await;
    gateway.hold(&anchors(1));
    let mut syncing = Syncing::start(&mut gateway, 1).await;
    assert!(syncing.done().await.removed_missing);
    syncing.list(Ok(0));
    syncing.ask().await;
    assert!(!syncing.done().await.removed_missing);
    assert_eq!(gateway.held(), anchors(1));
}

#[tokio::test]
async fn a_connector_that_never_synced_goes_by_the_directorys_count() {
    let mut gateway = FakeGateway::start().await;
    gateway.hold(&anchors(100));
    let mut syncing = Syncing::start(&mut gateway, 5).await;
    assert!(!gateway.next_sync().await.remove_missing);
    assert!(!syncing.done().await.removed_missing);
    assert_eq!(gateway.held().len(), 100);
    assert!(syncing.rig.conditions.get(Complaint::AccountRemovals).is_some());
}

#[tokio::test]
async fn a_listing_that_breaks_is_no_listing_and_is_tried_again() {
    let mut gateway = FakeGateway::start().await;
    gateway.hold(&anchors(10));
    let mut syncing = Syncing::start(&mut gateway, 10).await;
    syncing.done().await;
    while gateway.syncs.try_recv().is_ok() {}
    syncing.list(Err(gone()));
    syncing.ask().await;
    syncing.list(Ok(9));
    assert_eq!(syncing.done().await.accounts, 9);
    assert_eq!(gateway.next_sync().await.accounts, anchors(9));
    assert_eq!(gateway.held(), anchors(9));
}

#[tokio::test]
async fn a_sync_that_fails_again_is_a_condition_until_one_is_done() {
    let mut gateway = FakeGateway::start().await;
    gateway.hold(&anchors(10));
    let mut syncing = Syncing::start(&mut gateway, 10).await;
    let before = syncing.done().await;
    syncing.list(Err(gone()));
    syncing.ask().await;
    let condition = || syncing.rig.conditions.get(Complaint::AccountSync);
    wait_until("the condition", async || condition().is_some()).await;
    assert_eq!(condition().unwrap().code(), ReasonCode::AccountSyncFailing);
    let words = condition().unwrap().admin_message();
    assert!(
        words.contains("have not been synced since") && words.contains("cannot be listed"),
        "{words}"
    );
    let ended = *syncing.ended.borrow();
    assert!(ended.failed >= 2 && ended.done == Some(before), "{ended:?}");

    syncing.list(Ok(10));
    let again = syncing.done().await;
    assert!(again.at_us > before.at_us);
    assert_eq!(syncing.rig.conditions.get(Complaint::AccountSync), None);
}

#[tokio::test]
async fn accounts_that_the_directory_left_out_are_a_condition() {
    let mut gateway = FakeGateway::start().await;
    gateway.leave_out("its userPrincipalName is too long");
    let mut syncing = Syncing::start(&mut gateway, 3).await;
    assert_eq!(syncing.done().await.skipped, 1);
    let words = syncing
        .rig
        .conditions
        .get(Complaint::AccountSync)
        .unwrap()
        .admin_message();
    let anchor = Uuid::from_u128(1);
    assert_eq!(
        words,
        format!(
            "1 accounts were left out of the sync; the first is {anchor}: its userPrincipalName is too long. All others \
             were taken."
        )
    );
}
