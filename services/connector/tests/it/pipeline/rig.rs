//! A pipeline over a real database, events signed as the directory signs them, and the frames that go up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_connector::ad::ActiveDirectory;
use groundwire_connector::audit::AuditLog;
use groundwire_connector::domain::{
    AccountAnchor, Attempt, ConnectorGroupId, ConnectorId, FenceCount, Marker, MarkerKey, MarkerScope,
    MarkerState, OperationId, OperationKind, Sequence, TenantId,
};
use groundwire_connector::pipeline::{
    CrashPoint, CrashPoints, GroupContext, Limits, NoObserver, Observer, OutcomeSink, Pipeline,
    PipelineParts, SealingKeys, Upward,
};
use groundwire_connector::policy::{Guardrails, Scope};
use groundwire_envelope::signed::{Domain, SigningKey};
use groundwire_envelope::{SealContext, SealedKind, SealingPrivateKey, SecretPayload, seal};
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_proto::envelope::v1 as envelope;
use groundwire_proto::gateway::v1::{
    Actor, CheckRequest, CheckRequestPayload, DomainController, OperationFate, OutcomeRecorded,
    OutcomeReport, PasswordEvent, PasswordEventPayload, RecordedDisposition,
};
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::time::timestamp_from_ms;
use parking_lot::Mutex;
use prost::Message;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::pipeline::fake_ad::{DC, ScriptedAd};
use crate::pipeline::store::Store;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const OLD: &str = "Initial-Harbour-47";
pub(crate) const NEW: &str = "Brighter-Lantern-83";
const MARKER_SECRET: [u8; 32] = [9; 32];

/// What all processes of one connector share.
pub(crate) struct Rig {
    pub(crate) store: Store,
    pub(crate) ad: ScriptedAd,
    pub(crate) anchor: AccountAnchor,
    pub(crate) tenant: TenantId,
    pub(crate) group: ConnectorGroupId,
    pub(crate) connector: ConnectorId,
    signing: SigningKey,
    sealing: Arc<Vec<u8>>,
    pub(crate) limits: Limits,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) scope: String,
}

/// One process of the connector: a pipeline and what it sends up.
pub(crate) struct Process {
    pub(crate) pipeline: Pipeline,
    pub(crate) audit: AuditLog,
    pub(crate) sink: OutcomeSink,
    frames: mpsc::Receiver<Upward>,
    pub(crate) points: Arc<Points>,
}

/// Stops at a place, or does something there.
#[derive(Default)]
pub(crate) struct Points {
    stops: Mutex<HashMap<CrashPoint, Stop>>,
    reached: Notify,
}

enum Stop {
    ForEver,
    Until(Arc<Notify>),
    Do(Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>),
}

impl Points {
    /// Never goes on from here: the task is then killed.
    pub(crate) fn stop_at(&self, point: CrashPoint) {
        self.stops.lock().insert(point, Stop::ForEver);
    }

    /// Waits here until it is told to go on.
    pub(crate) fn pause_at(&self, point: CrashPoint) -> Arc<Notify> {
        let go_on = Arc::new(Notify::new());
        self.stops.lock().insert(point, Stop::Until(Arc::clone(&go_on)));
        go_on
    }

    pub(crate) fn do_at(
        &self,
        point: CrashPoint,
        act: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) {
        self.stops.lock().insert(point, Stop::Do(Box::new(act)));
    }

    /// Waits until a stop was reached.
    pub(crate) async fn reached(&self) {
        tokio::time::timeout(PATIENCE, self.reached.notified())
            .await
            .expect("the place is reached");
    }
}

impl CrashPoints for Points {
    fn reached(&self, point: CrashPoint) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let stop = self.stops.lock().remove(&point);
            match stop {
                None => {}
                Some(Stop::Do(act)) => act().await,
                Some(Stop::Until(go_on)) => {
                    self.reached.notify_one();
                    go_on.notified().await;
                }
                Some(Stop::ForEver) => {
                    self.reached.notify_one();
                    std::future::pending().await
                }
            }
        })
    }
}

/// What is asked for.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) operation: OperationId,
    pub(crate) attempt: u32,
    pub(crate) sequence: u64,
    pub(crate) kind: OperationKind,
    pub(crate) flags: wire::OperationFlags,
    pub(crate) current: Option<String>,
    pub(crate) new: Option<String>,
    pub(crate) with_secret: bool,
    pub(crate) expires_in: i64,
    pub(crate) last_applied: u64,
    pub(crate) last_version: Option<u64>,
    pub(crate) group_dc: String,
    pub(crate) traceparent: String,
}

impl Ask {
    pub(crate) fn new(kind: OperationKind) -> Self {
        Self {
            operation: OperationId::new(Uuid::new_v4()),
            attempt: 1,
            sequence: 5,
            kind,
            flags: wire::OperationFlags::default(),
            current: (kind == OperationKind::Change).then(|| OLD.to_owned()),
            new: kind.sets_password().then(|| NEW.to_owned()),
            with_secret: kind.sets_password(),
            expires_in: 30_000,
            last_applied: 0,
            last_version: None,
            group_dc: DC.to_owned(),
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        }
    }

    pub(crate) fn again(&self, attempt: u32) -> Self {
        Self {
            attempt,
            ..self.clone()
        }
    }
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let anchor = AccountAnchor::new(Uuid::new_v4());
        let store = Store::create().await;
        Self {
            store,
            ad: ScriptedAd::new(anchor),
            anchor,
            tenant: TenantId::new(Uuid::new_v4()),
            group: ConnectorGroupId::new(Uuid::new_v4()),
            connector: ConnectorId::new(Uuid::new_v4()),
            signing: SigningKey::generate().unwrap(),
            sealing: Arc::new(SealingPrivateKey::generate().unwrap().to_bytes().to_vec()),
            limits: Limits {
                retry_for: Duration::from_millis(400),
                longest_hold: Duration::from_millis(100),
                ..Limits::default()
            },
            observer: Arc::new(NoObserver),
            scope: "OU=Staff,DC=corp,DC=example".to_owned(),
        }
    }

    fn sealing_key(&self) -> SealingPrivateKey {
        SealingPrivateKey::from_bytes(&self.sealing)
            .map_err(|_| ())
            .unwrap()
    }

    /// A process of the connector, over the scripted directory.
    pub(crate) async fn process(&self) -> Process {
        self.process_over(Arc::new(self.ad.clone())).await
    }

    /// A process of the connector.
    pub(crate) async fn process_over(&self, ad: Arc<dyn ActiveDirectory>) -> Process {
        let audit = self.store.open(self.connector).await;
        let points = Arc::new(Points::default());
        let pipeline = Pipeline::new(PipelineParts {
            audit: audit.clone(),
            ad,
            keys: Arc::new(SealingKeys::new(vec![self.sealing_key()])),
            group: GroupContext {
                tenant: self.tenant,
                group: self.group,
                connector: self.connector,
                marker_keys: vec![MarkerKey::new(Zeroizing::new(MARKER_SECRET))],
                event_keys: vec![self.signing.verifying_key()],
            },
            guardrails: Guardrails {
                scope: Scope {
                    include: vec![self.scope.parse().unwrap()],
                    exclude: Vec::new(),
                },
                kinds: OperationKind::ALL.to_vec(),
                allow_password_not_required: false,
            },
            self_reset_unlocks: true,
            limits: self.limits,
            clock: Arc::new(SystemClock),
            observer: Arc::clone(&self.observer),
            crash_points: Arc::clone(&points) as Arc<dyn CrashPoints>,
        });
        let (sink, frames) = OutcomeSink::channel(64);
        Process {
            pipeline,
            audit,
            sink,
            frames,
            points,
        }
    }

    /// A marker as this group makes it.
    pub(crate) fn marker(
        &self,
        state: MarkerState,
        operation: OperationId,
        sequence: u64,
        attempt: u32,
        count: u32,
    ) -> String {
        let scope = MarkerScope {
            tenant: self.tenant.to_string(),
            group: self.group.to_string(),
        };
        let marker = Marker {
            state,
            sequence: Sequence(sequence),
            operation,
            attempt: Attempt(attempt),
            fence_count: FenceCount(count),
        };
        MarkerKey::new(Zeroizing::new(MARKER_SECRET)).format(&scope, self.anchor, &marker)
    }

    pub(crate) fn set_marker(&self, value: &str) {
        self.ad
            .account(|account| account.marker = Some(value.as_bytes().to_vec()));
    }

    fn sealed(
        &self,
        operation: OperationId,
        kind: SealedKind,
        ask: &Ask,
        not_after: i64,
    ) -> envelope::SealedSecret {
        let secret = SecretPayload {
            current: ask.current.clone().map(Into::into),
            new: ask.new.clone().map(Into::into),
        };
        let context = SealContext {
            tenant: self.tenant.uuid(),
            group: self.group.uuid(),
            anchor: self.anchor.uuid(),
            operation_id: operation.uuid(),
            kind,
            not_after_unix_ms: not_after,
        };
        let sealed = seal(&secret, &context, &[self.sealing_key().public_key().clone()]).unwrap();
        envelope::SealedSecret {
            copies: sealed
                .copies
                .into_iter()
                .map(|copy| envelope::SealedCopy {
                    key_id: copy.key_id.to_string(),
                    encapsulated_key: copy.enc,
                    ciphertext: copy.ciphertext,
                })
                .collect(),
            not_after: Some(timestamp_from_ms(not_after)),
        }
    }

    /// What the directory signs.
    pub(crate) fn payload(&self, ask: &Ask) -> PasswordEventPayload {
        let expires = SystemClock.unix_ms() + ask.expires_in;
        let sealed = ask.kind.sealed_kind().filter(|_| ask.with_secret);
        PasswordEventPayload {
            operation_id: ask.operation.to_string(),
            tenant_id: self.tenant.to_string(),
            connector_group_id: self.group.to_string(),
            connector_id: self.connector.to_string(),
            account_anchor: self.anchor.to_string(),
            kind: ask.kind.into(),
            flags: Some(ask.flags),
            sequence: ask.sequence,
            attempt: ask.attempt,
            last_applied_sequence: ask.last_applied,
            last_applied_unicode_pwd_version: ask.last_version,
            group_dc: Some(DomainController {
                host: ask.group_dc.clone(),
                ..DomainController::default()
            }),
            actor: Some(Actor {
                subject: "portal".to_owned(),
                role: "self_service".to_owned(),
                on_behalf_of: Some(wire::OnBehalfOf {
                    subject: "ann@corp.example".to_owned(),
                    client_address: "192.0.2.7".to_owned(),
                    authentication_methods: vec!["otp".to_owned()],
                }),
            }),
            proof: String::new(),
            secret: sealed.map(|kind| self.sealed(ask.operation, kind, ask, expires)),
            expires_at: Some(timestamp_from_ms(expires)),
            traceparent: ask.traceparent.clone(),
            signed_at: Some(timestamp_from_ms(SystemClock.unix_ms())),
        }
    }

    pub(crate) fn sign(&self, payload: &PasswordEventPayload) -> PasswordEvent {
        PasswordEvent {
            event: Some(self.signed(Domain::Event, payload.encode_to_vec())),
        }
    }

    pub(crate) fn event(&self, ask: &Ask) -> PasswordEvent {
        self.sign(&self.payload(ask))
    }

    pub(crate) fn check(&self, ask: &Ask) -> CheckRequest {
        let expires = SystemClock.unix_ms() + ask.expires_in;
        let kind = self.payload(ask).kind;
        let payload = CheckRequestPayload {
            check_id: ask.operation.to_string(),
            tenant_id: self.tenant.to_string(),
            connector_group_id: self.group.to_string(),
            connector_id: self.connector.to_string(),
            account_anchor: self.anchor.to_string(),
            kind,
            secret: Some(self.sealed(ask.operation, SealedKind::Check, ask, expires)),
            expires_at: Some(timestamp_from_ms(expires)),
            traceparent: ask.traceparent.clone(),
        };
        CheckRequest {
            check: Some(self.signed(Domain::Check, payload.encode_to_vec())),
        }
    }

    fn signed(&self, domain: Domain, payload: Vec<u8>) -> envelope::SignedBytes {
        self.signing.sign(domain, payload).into()
    }
}

impl Process {
    /// Carries out an event to its end.
    pub(crate) async fn handle(&self, event: PasswordEvent) {
        tokio::time::timeout(PATIENCE, self.pipeline.handle(event, self.sink.clone()))
            .await
            .expect("the event is carried out");
    }

    /// Begins to carry out an event.
    pub(crate) fn begin(&self, event: PasswordEvent) -> tokio::task::JoinHandle<()> {
        let (pipeline, sink) = (self.pipeline.clone(), self.sink.clone());
        tokio::spawn(async move { pipeline.handle(event, sink).await })
    }

    /// Begins, goes on to the place, and dies there: nothing of the process goes on.
    pub(crate) async fn die_at(self, point: CrashPoint, event: PasswordEvent) {
        self.points.stop_at(point);
        let task = self.begin(event);
        self.points.reached().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }

    pub(crate) async fn next(&mut self) -> Upward {
        tokio::time::timeout(PATIENCE, self.frames.recv())
            .await
            .expect("a frame comes")
            .expect("the sink is open")
    }

    pub(crate) fn no_more_frames(&mut self) {
        if let Ok(frame) = self.frames.try_recv() {
            panic!("another frame: {frame:?}");
        }
    }

    /// The next outcome; `Received` frames before it are passed over.
    pub(crate) async fn outcome(&mut self) -> OutcomeReport {
        loop {
            match self.next().await {
                Upward::Outcome(report) => return *report,
                Upward::Received(_) => {}
                Upward::StoodDown(frame) => panic!("stood down: {frame:?}"),
            }
        }
    }

    /// The directory acknowledges.
    pub(crate) async fn acknowledge(&self, report: &OutcomeReport) {
        let operation = report.operation_id.parse().unwrap();
        self.told(operation, report.outcome.as_ref().unwrap().attempt)
            .await;
    }

    /// The directory says that it has the outcome of an attempt.
    pub(crate) async fn told(&self, operation: OperationId, attempt: u32) {
        self.pipeline
            .record_acknowledgement(OutcomeRecorded {
                operation_id: operation.to_string(),
                attempt,
                disposition: RecordedDisposition::Committed.into(),
                durations: Vec::new(),
                directory_head: None,
            })
            .await;
    }

    pub(crate) async fn resume(&self) {
        self.pipeline.resume(self.sink.clone()).await;
    }

    pub(crate) async fn fate(
        &self,
        operation: OperationId,
        kind: groundwire_proto::gateway::v1::FateKind,
        attempt: u32,
    ) {
        let fate = OperationFate {
            operation_id: operation.to_string(),
            kind: kind.into(),
            attempt,
            outcome: wire::OutcomeCode::Failed.into(),
        };
        self.pipeline.apply_fates(vec![fate], self.sink.clone()).await;
    }
}

/// An outcome's code and the names of its reasons.
pub(crate) fn said(report: &OutcomeReport) -> (wire::OutcomeCode, Vec<&'static str>) {
    let outcome = report.outcome.as_ref().unwrap();
    (
        outcome.code(),
        outcome
            .reasons
            .iter()
            .map(|reason| groundwire_proto::reasons::name(reason.code()))
            .collect(),
    )
}

/// The names of an outcome's warnings.
pub(crate) fn warned(report: &OutcomeReport) -> Vec<&'static str> {
    let outcome = report.outcome.as_ref().unwrap();
    outcome
        .warnings
        .iter()
        .map(|reason| groundwire_proto::reasons::name(reason.code()))
        .collect()
}

/// Waits until something is so.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("in time: {what}"));
}
