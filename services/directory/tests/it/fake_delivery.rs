//! In place of delivery, at the port that operations use: one connector that a test plays. It takes what is sent to it,
//! verifies the signature, and opens what is sealed for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use groundwire_directory::delivery::line::Line;
use groundwire_directory::domain::{ConnectorGroupId, ConnectorId, OperationId, TenantId};
use groundwire_directory::operations::port::{
    AttachedConnector, Keys, NoRoute, Outgoing, Place, Route, RouteRequirements, Routes, SessionId,
    StreamClosed,
};
use groundwire_directory::store::StoreError;
use groundwire_envelope::signed::{Domain, Signed, SigningKey};
use groundwire_envelope::{
    SealContext, SealedCopy, SealedKind, SealingPrivateKey, SealingPublicKey, SecretPayload, open,
};
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::{
    CheckRequest, CheckRequestPayload, OperationClosed, PasswordEvent, PasswordEventPayload,
    attach_response::Frame,
};
use groundwire_proto::reasons::{Reason, ReasonCode};
use parking_lot::Mutex;
use prost::Message;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

use crate::database::soon;

/// What a test switches. Whoever waits in line looks anew then, as they do when a real connector changes.
pub(crate) struct Switch {
    on: AtomicBool,
    switched: Arc<Notify>,
}

impl Switch {
    fn new(on: bool, switched: &Arc<Notify>) -> Self {
        Self {
            on: AtomicBool::new(on),
            switched: Arc::clone(switched),
        }
    }

    pub(crate) fn store(&self, on: bool, order: Ordering) {
        self.on.store(on, order);
        self.switched.notify_one();
    }

    pub(crate) fn load(&self, order: Ordering) -> bool {
        self.on.load(order)
    }
}

/// One connector, attached or not, that a test plays. The line of those who wait for it is the real one.
pub(crate) struct FakeDelivery {
    pub(crate) who: AttachedConnector,
    pub(crate) attached: Switch,
    pub(crate) busy: Switch,
    pub(crate) holds_key: Switch,
    /// The DC behind it does not answer.
    pub(crate) without_dc: Switch,
    /// Credits that it gave, if it counts them.
    credits: Mutex<Option<u32>>,
    line: Mutex<Line>,
    /// How many came to the line.
    pub(crate) lined_up: Mutex<u32>,
    pub(crate) sealing: SealingPrivateKey,
    signing: SigningKey,
    sent: mpsc::UnboundedSender<Frame>,
    frames: tokio::sync::Mutex<mpsc::UnboundedReceiver<Frame>>,
    /// Held by a test, its queue is full: what is sent waits.
    pub(crate) sending: tokio::sync::Mutex<()>,
    on_reserve: Mutex<Box<dyn FnMut() + Send>>,
    /// Signing panics, as a defect would.
    pub(crate) panics_on_sign: AtomicBool,
    pub(crate) given_back: Mutex<u32>,
    pub(crate) routed: Mutex<u32>,
    /// What was delivered up to this moment may be lost.
    pub(crate) lost_before_us: Mutex<Option<i64>>,
}

impl FakeDelivery {
    pub(crate) fn new(tenant: TenantId, group: ConnectorGroupId) -> Arc<Self> {
        let (sent, frames) = mpsc::unbounded_channel();
        let connector = ConnectorId::new(Uuid::new_v4());
        let switched = Arc::new(Notify::new());
        let switch = |on| Switch::new(on, &switched);
        let delivery = Arc::new(Self {
            who: AttachedConnector {
                tenant,
                group,
                connector,
                session: SessionId(1),
            },
            attached: switch(true),
            busy: switch(false),
            holds_key: switch(true),
            without_dc: switch(false),
            credits: Mutex::new(None),
            line: Mutex::default(),
            lined_up: Mutex::default(),
            sealing: SealingPrivateKey::generate().unwrap(),
            signing: SigningKey::generate().unwrap(),
            sent,
            frames: tokio::sync::Mutex::new(frames),
            sending: tokio::sync::Mutex::default(),
            on_reserve: Mutex::new(Box::new(|| {})),
            panics_on_sign: AtomicBool::new(false),
            given_back: Mutex::new(0),
            routed: Mutex::new(0),
            lost_before_us: Mutex::new(None),
        });
        let served = Arc::downgrade(&delivery);
        tokio::spawn(async move {
            loop {
                switched.notified().await;
                let Some(delivery) = served.upgrade() else { return };
                delivery.serve_line();
            }
        });
        delivery
    }

    /// From now on it takes as many events as it gave credit for.
    pub(crate) fn credit(&self, events: u32) {
        *self.credits.lock().get_or_insert(0) += events;
        self.serve_line();
    }

    fn serve_line(&self) {
        let reserve = |requirements: &RouteRequirements| {
            (self.on_reserve.lock())();
            self.choose(requirements)
        };
        self.line.lock().serve(reserve, || true);
    }

    fn choose(&self, requirements: &RouteRequirements) -> Result<Route, NoRoute> {
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
        if self.without_dc.load(Ordering::SeqCst) {
            return refuse(ReasonCode::DcUnreachable, false);
        }
        if !requirements.key_ids.is_empty() && !self.holds_key.load(Ordering::SeqCst) {
            return refuse(ReasonCode::ResealNeeded, false);
        }
        if self.busy.load(Ordering::SeqCst) {
            return refuse(ReasonCode::DcBusy, true);
        }
        if let Some(credits) = &mut *self.credits.lock() {
            if *credits == 0 {
                return refuse(ReasonCode::Overloaded, true);
            }
            *credits -= 1;
        }
        *self.routed.lock() += 1;
        Ok(Route {
            who: self.who,
            group_dc: None,
            lost_before_us: *self.lost_before_us.lock(),
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

    /// Takes the next event, its signature verified.
    pub(crate) async fn next_event(&self) -> PasswordEventPayload {
        let frame = soon(async { self.frames.lock().await.recv().await }).await;
        self.event_in(frame.unwrap())
    }

    /// Takes the event that was sent, if one was.
    pub(crate) async fn sent_event(&self) -> Option<PasswordEventPayload> {
        let frame = self.frames.lock().await.try_recv().ok()?;
        Some(self.event_in(frame))
    }

    fn event_in(&self, frame: Frame) -> PasswordEventPayload {
        let Frame::PasswordEvent(event) = frame else {
            panic!("not an event: {frame:?}")
        };
        PasswordEventPayload::decode(self.verified(Domain::Event, event.event).as_slice()).unwrap()
    }

    /// Takes the next check, its signature verified.
    pub(crate) async fn next_check(&self) -> CheckRequestPayload {
        let frame = soon(async { self.frames.lock().await.recv().await }).await;
        let Some(Frame::CheckRequest(check)) = frame else {
            panic!("not a check: {frame:?}")
        };
        CheckRequestPayload::decode(self.verified(Domain::Check, check.check).as_slice()).unwrap()
    }

    /// Takes the next message that an operation has ended.
    pub(crate) async fn next_closed(&self) -> OperationClosed {
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
    pub(crate) fn open_secret(
        &self,
        event: &PasswordEventPayload,
        kind: SealedKind,
    ) -> Option<SecretPayload> {
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

impl Routes for FakeDelivery {
    fn reserve(&self, requirements: &RouteRequirements) -> Result<Route, NoRoute> {
        (self.on_reserve.lock())();
        self.choose(requirements)
    }

    fn line_up(&self, requirements: &RouteRequirements) -> Result<Route, Place> {
        (self.on_reserve.lock())();
        let mut line = self.line.lock();
        self.choose(requirements).map_err(|why| {
            *self.lined_up.lock() += 1;
            line.join(requirements.clone(), why)
        })
    }

    fn leave_line(&self, _: &RouteRequirements, number: u64) {
        self.line.lock().leave(number);
    }

    fn give_back(&self, _route: &Route) {
        *self.given_back.lock() += 1;
        let counts = self.credits.lock().is_some();
        if counts {
            self.credit(1);
        }
    }

    fn send<'a>(&'a self, _route: &'a Route, outgoing: Outgoing) -> BoxFuture<'a, Result<(), StreamClosed>> {
        Box::pin(async move {
            let _place = self.sending.lock().await;
            if !self.attached.load(Ordering::SeqCst) {
                return Err(StreamClosed);
            }
            let frame = match outgoing {
                Outgoing::Event { event, .. } => Frame::PasswordEvent(PasswordEvent {
                    event: Some(event),
                    ..PasswordEvent::default()
                }),
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

impl Keys for FakeDelivery {
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
