//! A directory whose delivery is scripted: tests drive the port between operations and delivery directly, in place of a
//! connector's stream. Postgres, log, sealing and signatures are real.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_directory::domain::{
    AccountAnchor, AccountName, ConnectorGroupCreated, ConnectorGroupId, ConnectorId, OperationFlags,
    OperationId, OperationKind, Principal, Role, SyncedAccount, TenantCreated, TenantId, WritebackSettings,
};
use groundwire_directory::metrics::Metrics;
use groundwire_directory::operations::port::{
    AttachedConnector, Keys, NoRoute, OperationsPort, Outgoing, Route, RouteRequirements, Routes, SessionId,
    StreamClosed,
};
use groundwire_directory::operations::{
    Call, Following, GivenSecret, OperationRequest, Operations, RequestError, View,
};
use groundwire_directory::store::{Store, StoreError};
use groundwire_envelope::signed::{Domain, Signed, SigningKey};
use groundwire_envelope::{
    Password, SealContext, SealedCopy, SealedKind, SealingPrivateKey, SealingPublicKey, SecretPayload, open,
};
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::{
    CheckRequest, CheckRequestPayload, OperationClosed, OutcomeRecorded, OutcomeReport, PasswordEvent,
    PasswordEventPayload, attach_response::Frame,
};
use groundwire_proto::operation::v1 as proto;
use groundwire_proto::reasons::{Reason, ReasonCode};
use parking_lot::Mutex;
use prost::Message;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::database::{TestDatabase, soon};

/// One connector, attached or not, that a test plays.
pub(crate) struct Scripted {
    pub(crate) who: AttachedConnector,
    pub(crate) attached: AtomicBool,
    pub(crate) busy: AtomicBool,
    pub(crate) holds_key: AtomicBool,
    pub(crate) sealing: SealingPrivateKey,
    signing: SigningKey,
    sent: mpsc::UnboundedSender<Frame>,
    frames: tokio::sync::Mutex<mpsc::UnboundedReceiver<Frame>>,
    on_reserve: Mutex<Box<dyn FnMut() + Send>>,
    /// Signing panics, as a defect would.
    pub(crate) panics_on_sign: AtomicBool,
    pub(crate) given_back: Mutex<u32>,
    pub(crate) routed: Mutex<u32>,
}

impl Scripted {
    pub(crate) fn new(tenant: TenantId, group: ConnectorGroupId) -> Arc<Self> {
        let (sent, frames) = mpsc::unbounded_channel();
        let connector = ConnectorId::new(Uuid::new_v4());
        Arc::new(Self {
            who: AttachedConnector {
                tenant,
                group,
                connector,
                session: SessionId(1),
            },
            attached: AtomicBool::new(true),
            busy: AtomicBool::new(false),
            holds_key: AtomicBool::new(true),
            sealing: SealingPrivateKey::generate().unwrap(),
            signing: SigningKey::generate().unwrap(),
            sent,
            frames: tokio::sync::Mutex::new(frames),
            on_reserve: Mutex::new(Box::new(|| {})),
            panics_on_sign: AtomicBool::new(false),
            given_back: Mutex::new(0),
            routed: Mutex::new(0),
        })
    }

    /// Does this whenever a route is reserved: after the account was read, before anything is appended.
    pub(crate) fn on_reserve(&self, action: impl FnMut() + Send + 'static) {
        *self.on_reserve.lock() = Box::new(action);
    }

    fn verified(&self, domain: Domain, signed: Option<SignedBytes>) -> Vec<u8> {
        let signed = Signed::try_from(signed.unwrap()).unwrap();
        self.signing
            .verifying_key()
            .verify(domain, signed)
            .unwrap()
            .into_bytes()
    }

    /// The next event, its signature verified.
    pub(crate) async fn event(&self) -> PasswordEventPayload {
        let frame = soon(async { self.frames.lock().await.recv().await }).await;
        let Some(Frame::PasswordEvent(event)) = frame else {
            panic!("not an event: {frame:?}")
        };
        PasswordEventPayload::decode(self.verified(Domain::Event, event.event).as_slice()).unwrap()
    }

    pub(crate) async fn check(&self) -> CheckRequestPayload {
        let frame = soon(async { self.frames.lock().await.recv().await }).await;
        let Some(Frame::CheckRequest(check)) = frame else {
            panic!("not a check: {frame:?}")
        };
        CheckRequestPayload::decode(self.verified(Domain::Check, check.check).as_slice()).unwrap()
    }

    /// The next end that it is told of.
    pub(crate) async fn told_closed(&self) -> OperationClosed {
        let frame = soon(async { self.frames.lock().await.recv().await }).await;
        let Some(Frame::OperationClosed(closed)) = frame else {
            panic!("not an end: {frame:?}")
        };
        closed
    }

    pub(crate) async fn nothing_was_sent(&self) -> bool {
        self.frames.lock().await.try_recv().is_err()
    }

    /// Opens what the event carries, as its connector does.
    pub(crate) fn opened(&self, event: &PasswordEventPayload, kind: SealedKind) -> Option<SecretPayload> {
        let secret = event.secret.as_ref()?;
        let not_after = secret.not_after.as_ref().unwrap();
        let context = SealContext {
            tenant: event.tenant_id.parse().unwrap(),
            group: event.connector_group_id.parse().unwrap(),
            anchor: event.account_anchor.parse().unwrap(),
            operation_id: event.operation_id.parse().unwrap(),
            kind,
            not_after_unix_ms: not_after.seconds * 1_000 + i64::from(not_after.nanos) / 1_000_000,
        };
        let key = self.sealing.id().to_string();
        let copy = secret.copies.iter().find(|copy| copy.key_id == key)?;
        let copy = SealedCopy {
            key_id: self.sealing.id(),
            enc: copy.encapsulated_key.clone(),
            ciphertext: copy.ciphertext.clone(),
        };
        open(&copy, &context, &self.sealing).ok()
    }
}

impl Routes for Scripted {
    fn reserve(&self, requirements: &RouteRequirements) -> Result<Route, NoRoute> {
        (self.on_reserve.lock())();
        let refuse = |code, busy| {
            Err(NoRoute {
                reason: Reason::new(code),
                busy,
            })
        };
        let attached = self.attached.load(Ordering::SeqCst) && requirements.tenant == self.who.tenant;
        if !attached || requirements.only.is_some_and(|only| only != self.who.connector) {
            return refuse(ReasonCode::NoConnector, false);
        }
        if !requirements.key_ids.is_empty() && !self.holds_key.load(Ordering::SeqCst) {
            return refuse(ReasonCode::ResealNeeded, false);
        }
        if self.busy.load(Ordering::SeqCst) {
            return refuse(ReasonCode::DcBusy, true);
        }
        *self.routed.lock() += 1;
        Ok(Route {
            who: self.who,
            group_dc: None,
        })
    }

    fn give_back(&self, _route: &Route) {
        *self.given_back.lock() += 1;
    }

    fn send<'a>(&'a self, _route: &'a Route, outgoing: Outgoing) -> BoxFuture<'a, Result<(), StreamClosed>> {
        Box::pin(async move {
            if !self.attached.load(Ordering::SeqCst) {
                return Err(StreamClosed);
            }
            let frame = match outgoing {
                Outgoing::Event { event, .. } => Frame::PasswordEvent(PasswordEvent { event: Some(event) }),
                Outgoing::Check(check) => Frame::CheckRequest(CheckRequest { check: Some(check) }),
            };
            self.sent.send(frame).map_err(|_| StreamClosed)
        })
    }

    fn send_closed(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        connector: ConnectorId,
        _operation: OperationId,
        closed: OperationClosed,
    ) -> BoxFuture<'_, Result<(), StreamClosed>> {
        Box::pin(async move {
            let who = (self.who.tenant, self.who.group, self.who.connector);
            if !self.attached.load(Ordering::SeqCst) || who != (tenant, group, connector) {
                return Err(StreamClosed);
            }
            self.sent
                .send(Frame::OperationClosed(closed))
                .map_err(|_| StreamClosed)
        })
    }
}

impl Keys for Scripted {
    fn sealing_keys(
        &self,
        _tenant: TenantId,
        _group: ConnectorGroupId,
    ) -> BoxFuture<'_, Result<Vec<SealingPublicKey>, StoreError>> {
        Box::pin(async { Ok(vec![self.sealing.public_key().clone()]) })
    }

    fn sign(
        &self,
        _tenant: TenantId,
        domain: Domain,
        payload: Vec<u8>,
    ) -> BoxFuture<'_, Result<SignedBytes, StoreError>> {
        assert!(!self.panics_on_sign.load(Ordering::SeqCst), "on purpose");
        let signed = self.signing.sign(domain, payload).into();
        Box::pin(async { Ok(signed) })
    }
}

/// A request that a test makes, by a call and for an account of its own choice.
pub(crate) struct Ask {
    pub(crate) call: Call,
    pub(crate) account: SyncedAccount,
    pub(crate) request: OperationRequest,
}

impl Ask {
    /// Makes it to this process of the directory.
    pub(crate) async fn to(self, operations: &Operations) -> Result<Following, RequestError> {
        soon(operations.request(&self.call, &self.account, self.request)).await
    }
}

/// One process of the directory, with one tenant, one group and one connector.
pub(crate) struct Directory {
    pub(crate) database: TestDatabase,
    pub(crate) store: Arc<Store>,
    pub(crate) connector: Arc<Scripted>,
    pub(crate) operations: Operations,
    pub(crate) metrics: Metrics,
    pub(crate) tenant: TenantId,
    pub(crate) group: ConnectorGroupId,
}

impl Directory {
    pub(crate) async fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock)).await
    }

    pub(crate) async fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let database = TestDatabase::new().await;
        let store = database.store(clock);
        let (tenant, group) = make_tenant(&store).await;
        let directory = Self::over(database, store, tenant, group);
        directory.settings(|settings| settings.enabled = true).await;
        directory
    }

    /// Over a database that holds this tenant and group.
    pub(crate) fn over(
        database: TestDatabase,
        store: Arc<Store>,
        tenant: TenantId,
        group: ConnectorGroupId,
    ) -> Self {
        let connector = Scripted::new(tenant, group);
        let metrics = Metrics::new();
        let operations = Operations::new(Arc::clone(&store), connector.clone(), metrics.clone());
        Self {
            database,
            store,
            connector,
            operations,
            metrics,
            tenant,
            group,
        }
    }

    /// Another process over the same database and connector, as after a restart (the first one is left to die).
    pub(crate) async fn restarted(&self) -> Operations {
        let store = self.database.store(Arc::clone(self.store.clock()));
        let operations = Operations::new(store, self.connector.clone(), self.metrics.clone());
        operations.resume().await.unwrap();
        operations
    }

    pub(crate) async fn settings(&self, change: impl FnOnce(&mut WritebackSettings)) {
        let mut settings = self.store.settings(self.tenant).await.unwrap();
        change(&mut settings);
        settings.validate().unwrap();
        self.store
            .change_settings(self.tenant, settings, "admin".to_owned())
            .await
            .unwrap();
        self.operations.settings_changed(self.tenant);
    }

    pub(crate) fn ask(&self, anchor: AccountAnchor, kind: OperationKind) -> Ask {
        let secret = match kind {
            OperationKind::Change => GivenSecret::Plaintext(SecretPayload::change(
                Password::new("Old-Passw0rd".to_owned()),
                Password::new("N3w-Geheim-ÄÖ".to_owned()),
            )),
            OperationKind::SelfReset | OperationKind::AdminReset => {
                GivenSecret::Plaintext(SecretPayload::reset(Password::new("N3w-Geheim-ÄÖ".to_owned())))
            }
            OperationKind::Unlock | OperationKind::RequireChange => GivenSecret::None,
        };
        let role = match kind {
            OperationKind::Change | OperationKind::SelfReset | OperationKind::Unlock => Role::SelfServiceApp,
            OperationKind::AdminReset | OperationKind::RequireChange => Role::Helpdesk,
        };
        Ask {
            call: self.call(role),
            account: account(anchor, self.group),
            request: OperationRequest {
                operation_id: OperationId::new(Uuid::new_v4()),
                account: AccountName::Anchor(anchor),
                kind,
                flags: OperationFlags::default(),
                secret,
                on_behalf_of: None,
                proof: None,
            },
        }
    }

    pub(crate) fn call(&self, role: Role) -> Call {
        Call {
            tenant: self.tenant,
            principal: principal(role, self.tenant),
            traceparent: None,
            started: self.store.clock().boot(),
            wait_timeout: Duration::from_secs(30),
        }
    }

    pub(crate) async fn request(&self, ask: Ask) -> Result<Following, RequestError> {
        ask.to(&self.operations).await
    }

    pub(crate) async fn report(
        &self,
        event: &PasswordEventPayload,
        outcome: proto::Outcome,
    ) -> OutcomeRecorded {
        report(&self.operations, &self.connector.who, event, outcome).await
    }

    /// Types of the records of an account's stream.
    pub(crate) async fn records(&self, anchor: AccountAnchor) -> Vec<String> {
        let stream = groundwire_eventlog::StreamName::of("account", anchor.uuid()).unwrap();
        let reader = self.store.reader(self.tenant);
        let records = reader
            .read_stream(&stream, groundwire_eventlog::StreamVersion::ZERO, 1_000)
            .await
            .unwrap();
        records.into_iter().map(|record| record.event_type).collect()
    }

    pub(crate) async fn secrets_waiting(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM directory.sealed_secrets")
            .fetch_one(&self.database.superuser)
            .await
            .unwrap()
    }
}

pub(crate) async fn report(
    operations: &Operations,
    who: &AttachedConnector,
    event: &PasswordEventPayload,
    outcome: proto::Outcome,
) -> OutcomeRecorded {
    let report = OutcomeReport {
        operation_id: event.operation_id.clone(),
        outcome: Some(outcome),
        audit_head: None,
        dwell: Some(prost_types::Duration {
            seconds: 0,
            nanos: 1_000,
        }),
    };
    soon(operations.outcome_reported(who, report)).await.unwrap()
}

pub(crate) async fn make_tenant(store: &Store) -> (TenantId, ConnectorGroupId) {
    let (tenant, group) = (
        TenantId::new(Uuid::new_v4()),
        ConnectorGroupId::new(Uuid::new_v4()),
    );
    let created = TenantCreated {
        tenant_id: tenant,
        display_name: "Corp".to_owned(),
        created_at_us: store.clock().unix_us(),
    };
    assert!(
        store
            .create_tenant(created.clone(), "root".to_owned())
            .await
            .unwrap()
    );
    assert!(!store.create_tenant(created, "root".to_owned()).await.unwrap());
    let created = ConnectorGroupCreated {
        group_id: group,
        display_name: "corp.example".to_owned(),
        created_at_us: store.clock().unix_us(),
    };
    assert!(
        store
            .create_connector_group(tenant, created, "admin".to_owned())
            .await
            .unwrap()
    );
    (tenant, group)
}

pub(crate) fn principal(role: Role, tenant: TenantId) -> Principal {
    Principal {
        subject: role.name().to_owned(),
        role,
        tenant: Some(tenant),
    }
}

pub(crate) fn account(anchor: AccountAnchor, group: ConnectorGroupId) -> SyncedAccount {
    SyncedAccount {
        anchor,
        group,
        user_principal_name: "ada@corp.example".to_owned(),
        sam_account_name: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        enabled: true,
        synced_at: OffsetDateTime::UNIX_EPOCH,
    }
}

pub(crate) fn new_account() -> AccountAnchor {
    AccountAnchor::new(Uuid::new_v4())
}

pub(crate) fn applied(event: &PasswordEventPayload) -> proto::Outcome {
    proto::Outcome {
        code: proto::OutcomeCode::Applied as i32,
        attempt: event.attempt,
        durations: vec![proto::StageDuration {
            stage: proto::Stage::Write as i32,
            duration: Some(prost_types::Duration {
                seconds: 0,
                nanos: 30_000_000,
            }),
        }],
        evidence: Some(proto::DirectoryEvidence {
            dc: "dc1.corp.example".to_owned(),
            ldap_result: Some(0),
            unicode_pwd_version: Some(7),
            ..proto::DirectoryEvidence::default()
        }),
        ..proto::Outcome::default()
    }
}

pub(crate) fn rejected(event: &PasswordEventPayload, code: ReasonCode) -> proto::Outcome {
    proto::Outcome {
        code: proto::OutcomeCode::Rejected as i32,
        attempt: event.attempt,
        reasons: vec![Reason::new(code).into()],
        ..proto::Outcome::default()
    }
}

pub(crate) async fn ended(following: &mut Following) -> Arc<View> {
    soon(following.ended()).await
}

pub(crate) fn code(view: &View) -> Option<&'static str> {
    view.operation.outcome().map(|outcome| outcome.code.as_str())
}

pub(crate) fn first_reason(view: &View) -> Option<ReasonCode> {
    view.operation.outcome()?.reasons.first().map(Reason::code)
}
