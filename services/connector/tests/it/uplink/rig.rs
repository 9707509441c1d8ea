//! A connector's side without Active Directory or a database: real enrolment, real streams, scripted work.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_connector::config::{self, Config};
use groundwire_connector::identity::{CertifiedKeys, ConnectorIdentity, IdentityFolder};
use groundwire_connector::uplink::{
    Conditions, Dialer, DirectoryHeads, Enrollment, LinkState, SyncRequest, Uplink, UplinkParts, Work,
    WorkError,
};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::supervision::{BackoffLimits, Shutdown};
use groundwire_proto::gateway::v1::attach_request::Frame;
use groundwire_proto::gateway::v1::{
    CheckRequest, CheckResult, OpenOperation, OperationClosed, OperationFate, OutcomeRecorded, OutcomeReport,
    PasswordEvent,
};
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::operation::v1::Outcome;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::uplink::fake_gateway::Gateway;

/// What the stream handed over, and what to say of open operations.
#[derive(Default)]
pub(crate) struct ScriptedWork {
    pub(crate) open: Mutex<Vec<OpenOperation>>,
    pub(crate) fates: Mutex<Vec<OperationFate>>,
    pub(crate) recorded: Mutex<Vec<OutcomeRecorded>>,
    pub(crate) closed: Mutex<Vec<OperationClosed>>,
    pub(crate) clock_offset_ms: AtomicI64,
    pub(crate) up: Mutex<Option<mpsc::Sender<Frame>>>,
}

impl Work for ScriptedWork {
    /// Answers each event with an outcome. The event's key id is the operation's id here: the stream never looks in.
    fn handle(&self, event: PasswordEvent) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let up = self.up.lock().clone().unwrap();
            up.send(outcome(&event.event.unwrap().key_id)).await.unwrap();
        })
    }

    fn check(&self, _: CheckRequest) -> BoxFuture<'_, Option<CheckResult>> {
        Box::pin(async {
            Some(CheckResult {
                check_id: "check".to_owned(),
                ..CheckResult::default()
            })
        })
    }

    fn open_operations(&self) -> BoxFuture<'_, Result<Vec<OpenOperation>, WorkError>> {
        Box::pin(async { Ok(self.open.lock().clone()) })
    }

    fn apply_fates(&self, fates: Vec<OperationFate>) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.fates.lock().extend(fates) })
    }

    fn record_acknowledgement(&self, recorded: OutcomeRecorded) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.recorded.lock().push(recorded) })
    }

    fn close_operation(&self, closed: OperationClosed) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.closed.lock().push(closed) })
    }

    fn audit_head(&self) -> BoxFuture<'_, Result<SeenHead, WorkError>> {
        Box::pin(async { Ok(audit_head(5, 1)) })
    }

    fn set_clock_offset(&self, milliseconds: i64) {
        self.clock_offset_ms.store(milliseconds, Ordering::Relaxed);
    }

    fn audit_head_at(&self, position: u64) -> BoxFuture<'_, Result<Option<SeenHead>, WorkError>> {
        Box::pin(async move { Ok((position <= 5).then(|| audit_head(position, 1))) })
    }
}

pub(crate) fn audit_head(position: u64, hash: u8) -> SeenHead {
    SeenHead {
        log: Uuid::from_u128(7),
        incarnation: Uuid::from_u128(8),
        position,
        hash: [hash; 32],
    }
}

pub(crate) fn outcome(operation: &str) -> Frame {
    Frame::Outcome(OutcomeReport {
        operation_id: operation.to_owned(),
        outcome: Some(Outcome {
            attempt: 1,
            ..Outcome::default()
        }),
        ..OutcomeReport::default()
    })
}

/// A connector that is attached, or tries to be.
pub(crate) struct Rig {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) work: Arc<ScriptedWork>,
    pub(crate) up: mpsc::Sender<Frame>,
    pub(crate) conditions: Conditions,
    pub(crate) state: watch::Receiver<LinkState>,
    pub(crate) sync: watch::Receiver<SyncRequest>,
    pub(crate) dialer: Dialer,
    pub(crate) shutdown: Shutdown,
    pub(crate) running: JoinHandle<()>,
    // The DC that `Hello` names.
    _dc: watch::Sender<Option<groundwire_proto::gateway::v1::DomainController>>,
}

pub(crate) fn config_for(gateway: &Gateway, folder: &std::path::Path) -> Config {
    let mut config = config::load(None).unwrap().config;
    config.directory.gateway_url = gateway.url();
    config.identity.folder = folder.to_owned();
    config.enrollment.display_name = "test".to_owned();
    config
}

pub(crate) async fn enrolled(gateway: &Gateway, folder: &std::path::Path) -> Config {
    let config = config_for(gateway, folder);
    let token = gateway.token().parse().map_err(|_| ()).unwrap();
    Enrollment::new(&config, &SystemClock)
        .with_token(&token)
        .await
        .unwrap();
    config
}

impl Rig {
    pub(crate) async fn start(gateway: &Gateway) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = enrolled(gateway, folder.path()).await;
        let files = IdentityFolder::new(folder.path());
        let identity = ConnectorIdentity::load(&files.connector())
            .map_err(|_| ())
            .unwrap();
        let keys = CertifiedKeys::load(&files.sealing_keys())
            .map_err(|_| ())
            .unwrap();
        let trust = identity.gateway_trust();
        let dialer = Dialer::new(&config.directory, trust, Some(identity.client_identity())).unwrap();
        let (up, frames) = mpsc::channel(16);
        let work = Arc::new(ScriptedWork::default());
        *work.up.lock() = Some(up.clone());
        let (dc, dc_seen) = watch::channel(None);
        let (sync_in, sync) = watch::channel(SyncRequest::default());
        let shutdown = Shutdown::manual(Duration::from_secs(5));
        let conditions = Conditions::new();
        let (uplink, state) = Uplink::new(UplinkParts {
            dialer: dialer.clone(),
            work: work.clone(),
            sealing_keys: keys.certificates(),
            audit_store_id: Uuid::from_u128(7),
            heads: DirectoryHeads::load(files.directory_head()),
            conditions: conditions.clone(),
            dc: dc_seen,
            sync: sync_in,
            credits: 4,
            attach_timeout: Duration::from_secs(5),
            clock_limit: Duration::from_secs(30),
            backoff: BackoffLimits {
                first: Duration::from_millis(20),
                longest: Duration::from_millis(100),
                stable_after: Duration::from_secs(60),
            },
            clock: Arc::new(SystemClock),
            shutdown: shutdown.clone(),
        });
        let running = tokio::spawn(uplink.run(frames));
        Self {
            folder,
            work,
            up,
            conditions,
            state,
            sync,
            dialer,
            shutdown,
            running,
            _dc: dc,
        }
    }
}
