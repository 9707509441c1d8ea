//! An attached connector without Active Directory or a database: enrolment, TLS and streams are real, the work is not.
//!
//! To test what happens on a stream:
//! 1. `FakeGateway::start()`, and what it is to say: `gateway.next_welcome(…)`, `gateway.skew_clock(…)`;
//! 2. `UplinkRig::start(&gateway)` enrols a connector and lets it attach;
//! 3. `gateway.next_stream()` is its stream in the test's hands: `send`, `next`, `cut`, `fall_silent`;
//! 4. put frames up as the pipeline does, with `rig.up.send(outcome_of(id))`;
//! 5. look at what was handed to the pipeline (`rig.work`), the state (`rig.state`) and complaints (`rig.conditions`).
//!
//! To test the whole program as a process, see `process.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_connector::audit::AuditLog;
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

use crate::uplink::fake_gateway::FakeGateway;

/// In place of the pipeline: keeps what the stream handed over, and answers for open operations.
#[derive(Default)]
pub(crate) struct FakeWork {
    pub(crate) open: Mutex<Vec<OpenOperation>>,
    pub(crate) fates: Mutex<Vec<OperationFate>>,
    pub(crate) recorded: Mutex<Vec<OutcomeRecorded>>,
    pub(crate) closed: Mutex<Vec<OperationClosed>>,
    pub(crate) clock_offset_ms: AtomicI64,
    /// The audit store does not answer.
    pub(crate) store_away: AtomicBool,
    pub(crate) up: Mutex<Option<mpsc::Sender<Frame>>>,
    /// A real audit log, where a test has one.
    pub(crate) audit: Mutex<Option<AuditLog>>,
    /// The audit store says its head, and not what is open.
    pub(crate) lists_nothing: AtomicBool,
    /// The audit log tells its head and none of its records.
    pub(crate) reads_no_records: AtomicBool,
}

impl Work for FakeWork {
    /// Answers each event with an outcome. The event's key id is the operation's id here: the stream never looks in.
    fn handle(&self, event: PasswordEvent) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let up = self.up.lock().clone().unwrap();
            up.send(outcome_of(&event.event.unwrap().key_id)).await.unwrap();
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
        Box::pin(async {
            if self.store_away.load(Ordering::Relaxed) || self.lists_nothing.load(Ordering::SeqCst) {
                return Err(WorkError);
            }
            Ok(self.open.lock().clone())
        })
    }

    fn apply_fates(&self, fates: Vec<OperationFate>, _: bool) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.fates.lock().extend(fates) })
    }

    fn record_acknowledgement(&self, recorded: OutcomeRecorded) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.recorded.lock().push(recorded) })
    }

    fn close_operation(&self, closed: OperationClosed) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.closed.lock().push(closed) })
    }

    fn audit_head(&self) -> BoxFuture<'_, Result<SeenHead, WorkError>> {
        let audit = self.audit.lock().clone();
        let store_away = self.store_away.load(Ordering::Relaxed);
        Box::pin(async move {
            if store_away {
                return Err(WorkError);
            }
            match audit {
                Some(audit) => audit.head().await.map_err(|_| WorkError),
                None => Ok(SeenHead::of_test(5, 1)),
            }
        })
    }

    fn set_clock_offset(&self, milliseconds: i64) {
        self.clock_offset_ms.store(milliseconds, Ordering::Relaxed);
    }

    fn audit_head_at(&self, position: u64) -> BoxFuture<'_, Result<Option<SeenHead>, WorkError>> {
        let audit = self.audit.lock().clone();
        Box::pin(async move {
            match audit {
                Some(audit) => audit.head_at(position).await.map_err(|_| WorkError),
                None if self.reads_no_records.load(Ordering::SeqCst) => Err(WorkError),
                None => Ok((position <= 5).then(|| SeenHead::of_test(position, 1))),
            }
        })
    }
}

pub(crate) fn outcome_of(operation: &str) -> Frame {
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
pub(crate) struct UplinkRig {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) work: Arc<FakeWork>,
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

pub(crate) fn config_for(gateway: &FakeGateway, folder: &std::path::Path) -> Config {
    let mut config = config::load(None).unwrap().config;
    config.directory.gateway_url = gateway.url();
    config.identity.folder = folder.to_owned();
    config.enrollment.display_name = "test".to_owned();
    config
}

pub(crate) async fn enrolled(gateway: &FakeGateway, folder: &std::path::Path) -> Config {
    let config = config_for(gateway, folder);
    let token = gateway.token().parse().map_err(|_| ()).unwrap();
    Enrollment::new(&config, &SystemClock)
        .with_token(&token)
        .await
        .unwrap();
    config
}

impl UplinkRig {
    pub(crate) async fn start(gateway: &FakeGateway) -> Self {
        Self::start_with(gateway, None).await
    }

    /// With a real audit log.
    pub(crate) async fn start_with(gateway: &FakeGateway, audit: Option<AuditLog>) -> Self {
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
        let work = Arc::new(FakeWork::default());
        *work.up.lock() = Some(up.clone());
        *work.audit.lock() = audit;
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
