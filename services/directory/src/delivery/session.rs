//! One attached stream, as the rest of the process sees it: what it can take, what is awaited from it, and its bounded
//! queue. The loop that reads the stream is in [`super::attach`].

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use groundwire_envelope::KeyId;
use groundwire_kit::clock_offset::ClockOffset;
use groundwire_proto::gateway::v1::attach_response::Frame;
use groundwire_proto::gateway::v1::{AttachResponse, CheckRequest, PasswordEvent};
use groundwire_proto::reasons::{Reason, ReasonCode};
use parking_lot::{Mutex, MutexGuard};
use time::OffsetDateTime;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::attach::end::{End, Leaving};
use crate::domain::{CertifiedKey, DomainController, OperationId};
use crate::operations::port::{AttachedConnector, Outgoing, StreamClosed};

/// Most credit a connector can have outstanding: what it gives beyond is not counted.
const MAX_CREDITS: u32 = 4_096;

/// A stream on which so many different operations in a row are not answered is suspect, though its heartbeats come: what is
/// behind it is stuck. One operation alone, however often, makes no stream suspect.
const STUCK_AFTER: usize = 3;

/// How long a frame waits for `Welcome`: longer than it takes to open a stream, however slow the database is.
const WELCOME_DEADLINE: Duration = Duration::from_secs(30);

/// What changes while a stream is attached.
#[derive(Debug)]
struct State {
    credits: u32,
    dc: Option<DomainController>,
    conditions: Vec<Reason>,
    last_frame_at: OffsetDateTime,
    clock_offset: Option<ClockOffset>,
    awaited: HashMap<(OperationId, u32), Instant>,
    /// Attempts whose `Received` did not come in time.
    overdue: HashSet<(OperationId, u32)>,
    /// Operations that became overdue since anything was answered.
    unanswered: HashSet<OperationId>,
    in_flight: HashSet<OperationId>,
}

/// What `Hello` said of the connector.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// The connector's version.
    pub version: String,
    /// Events it takes at first.
    pub credits: u32,
    /// Its keys, verified.
    pub keys: Vec<CertifiedKey>,
    pub dc: Option<DomainController>,
    /// What it complains of.
    pub conditions: Vec<Reason>,
}

/// How a session looks from outside: for `ListConnectors` and readiness.
#[derive(Debug, Clone)]
pub struct OnlineConnector {
    pub who: AttachedConnector,
    pub version: String,
    /// When its last frame came.
    pub last_heartbeat_at: OffsetDateTime,
    pub dc: Option<DomainController>,
    /// What it complains of.
    pub conditions: Vec<Reason>,
    /// Its clock less ours.
    pub clock_offset: Option<ClockOffset>,
    /// Operations handed to it and not yet ended.
    pub in_flight: usize,
    /// True: nothing is routed to it.
    pub is_leaving: bool,
}

/// An attached stream.
pub struct Session {
    pub who: AttachedConnector,
    version: String,
    keys: Vec<CertifiedKey>,
    queue: mpsc::Sender<Result<AttachResponse, End>>,
    welcomed: CancellationToken,
    leaving: watch::Sender<Option<Leaving>>,
    awaited_changed: Notify,
    state: Mutex<State>,
    received_deadline: Duration,
    send_deadline: Duration,
}

/// Why a session is not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ineligible {
    Leaving,
    /// It is at another DC than its group.
    OtherDc(Reason),
    Condition(Reason),
    NoKey,
    NoCredit,
}

impl Session {
    /// A stream that said hello.
    #[must_use]
    pub fn new(
        who: AttachedConnector,
        greeting: Greeting,
        queue: mpsc::Sender<Result<AttachResponse, End>>,
        now: OffsetDateTime,
        (received_deadline, send_deadline): (Duration, Duration),
    ) -> Self {
        Self {
            who,
            version: greeting.version,
            keys: greeting.keys,
            queue,
            welcomed: CancellationToken::new(),
            leaving: watch::Sender::new(None),
            awaited_changed: Notify::new(),
            state: Mutex::new(State {
                credits: greeting.credits,
                dc: greeting.dc,
                conditions: greeting.conditions,
                last_frame_at: now,
                clock_offset: None,
                awaited: HashMap::new(),
                overdue: HashSet::new(),
                unanswered: HashSet::new(),
                in_flight: HashSet::new(),
            }),
            received_deadline,
            send_deadline,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// How it looks from outside.
    #[must_use]
    pub fn online(&self) -> OnlineConnector {
        let state = self.state();
        OnlineConnector {
            who: self.who,
            version: self.version.clone(),
            last_heartbeat_at: state.last_frame_at,
            dc: state.dc.clone(),
            conditions: state.conditions.clone(),
            clock_offset: state.clock_offset,
            in_flight: state.in_flight.len(),
            is_leaving: self.leaving.borrow().is_some(),
        }
    }

    /// Takes a credit if events can go there now. Before `Welcome` none can: what is handed out then is not in its `Hello`
    /// and would be taken for lost.
    pub(super) fn reserve(
        &self,
        group_dc: Option<&DomainController>,
        key_ids: &[KeyId],
        now: OffsetDateTime,
    ) -> Result<(), Ineligible> {
        self.eligible(group_dc, key_ids, now)?;
        if !self.welcomed.is_cancelled() {
            return Err(Ineligible::NoCredit);
        }
        let mut state = self.state();
        state.credits = state.credits.checked_sub(1).ok_or(Ineligible::NoCredit)?;
        Ok(())
    }

    /// Whether events can go there now; credit apart.
    pub(super) fn eligible(
        &self,
        group_dc: Option<&DomainController>,
        key_ids: &[KeyId],
        now: OffsetDateTime,
    ) -> Result<(), Ineligible> {
        if self.leaving.borrow().is_some() {
            return Err(Ineligible::Leaving);
        }
        if let Some(reason) = self.dc_mismatch(group_dc) {
            return Err(Ineligible::OtherDc(reason));
        }
        if let Some(reason) = self
            .state()
            .conditions
            .iter()
            .find(|reason| prevents_writing(reason.code()))
        {
            return Err(Ineligible::Condition(reason.clone()));
        }
        let holds_one = || {
            self.keys
                .iter()
                .any(|key| key.can_open(now) && key_ids.contains(&key.id()))
        };
        if key_ids.is_empty() || holds_one() {
            Ok(())
        } else {
            Err(Ineligible::NoKey)
        }
    }

    /// Has a credit that somebody may be given.
    pub(super) fn has_credit(&self) -> bool {
        self.welcomed.is_cancelled() && self.state().credits > 0
    }

    /// Why it would not write: the connector is at another DC than its group. One that names no DC is taken at the group's;
    /// it decides itself.
    pub(super) fn dc_mismatch(&self, group_dc: Option<&DomainController>) -> Option<Reason> {
        let state = self.state();
        let (of_group, of_connector) = (group_dc?, state.dc.as_ref()?);
        (!of_group.is_at(&of_connector.host)).then(|| {
            Reason::new(ReasonCode::DcMismatch)
                .with("group_dc", &of_group.host)
                .with("connector_dc", &of_connector.host)
        })
    }

    /// The DC that the connector is at, as it last said.
    pub(super) fn dc(&self) -> Option<DomainController> {
        self.state().dc.clone()
    }

    /// May take more events.
    pub(super) fn credit(&self, events: u32) {
        let mut state = self.state();
        state.credits = state.credits.saturating_add(events).min(MAX_CREDITS);
    }

    /// The stream takes frames from now on: `Welcome` is on its way.
    pub(super) fn welcome(&self) {
        self.welcomed.cancel();
    }

    pub(super) fn is_welcomed(&self) -> bool {
        self.welcomed.is_cancelled()
    }

    /// Sends what operations have for the connector; nothing new goes to a stream that is leaving. The `Received` of an
    /// event is awaited from then on.
    ///
    /// # Errors
    /// [`StreamClosed`]: nothing was sent. If the queue stayed full, the stream is suspect.
    pub async fn send(&self, outgoing: Outgoing) -> Result<(), StreamClosed> {
        if self.leaving.borrow().is_some() {
            return Err(StreamClosed);
        }
        match outgoing {
            Outgoing::Event {
                operation,
                attempt,
                event,
            } => {
                let frame = Frame::PasswordEvent(PasswordEvent {
                    event: Some(event),
                    operation_id: operation.to_string(),
                    attempt,
                });
                self.enqueue(frame, Some((operation, attempt))).await
            }
            Outgoing::Check(check) => {
                let frame = Frame::CheckRequest(CheckRequest { check: Some(check) });
                self.enqueue(frame, None).await
            }
        }
    }

    /// Sends an answer or a notice, which a stream that is leaving still takes.
    ///
    /// # Errors
    /// [`StreamClosed`]: nothing was sent. If the queue stayed full, the stream is suspect.
    pub async fn send_frame(&self, frame: Frame) -> Result<(), StreamClosed> {
        self.enqueue(frame, None).await
    }

    async fn enqueue(&self, frame: Frame, awaited: Option<(OperationId, u32)>) -> Result<(), StreamClosed> {
        // What comes before `Welcome` waits for it: that is no slowness of the reader.
        let welcomed = async {
            tokio::select! {
                () = self.welcomed.cancelled() => true,
                () = self.queue.closed() => false,
            }
        };
        if !tokio::time::timeout(WELCOME_DEADLINE, welcomed)
            .await
            .unwrap_or(false)
        {
            return Err(StreamClosed);
        }
        let place = match tokio::time::timeout(self.send_deadline, self.queue.reserve()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_closed)) => return Err(StreamClosed),
            Err(_elapsed) => {
                self.leave(Leaving::SlowReader);
                return Err(StreamClosed);
            }
        };
        if let Some((operation, attempt)) = awaited {
            let mut state = self.state();
            state
                .awaited
                .insert((operation, attempt), Instant::now() + self.received_deadline);
            state.in_flight.insert(operation);
            drop(state);
            self.awaited_changed.notify_one();
        }
        place.send(Ok(AttachResponse { frame: Some(frame) }));
        Ok(())
    }

    /// Puts a frame on the queue if there is a place; for what is of no use later.
    ///
    /// # Errors
    /// [`StreamClosed`]: there is no place, or the stream has ended.
    pub fn try_send(&self, frame: Frame) -> Result<(), StreamClosed> {
        self.queue
            .try_send(Ok(AttachResponse { frame: Some(frame) }))
            .map_err(|_| StreamClosed)
    }

    /// Tells how the stream ended, after what is queued.
    pub async fn finish(&self, end: End) {
        let _ = tokio::time::timeout(self.send_deadline, self.queue.send(Err(end))).await;
    }

    /// Nobody reads the stream any more.
    pub async fn closed(&self) {
        self.queue.closed().await;
    }

    /// An attempt was answered. True: it had been overdue.
    pub fn answered(&self, operation: OperationId, attempt: u32) -> bool {
        let mut state = self.state();
        state.awaited.remove(&(operation, attempt));
        state.unanswered.clear();
        let was_overdue = state.overdue.remove(&(operation, attempt));
        drop(state);
        self.awaited_changed.notify_one();
        was_overdue
    }

    /// An operation needs nothing more from there.
    pub fn settled(&self, operation: OperationId) {
        let mut state = self.state();
        state.in_flight.remove(&operation);
        state.overdue.retain(|(of, _)| *of != operation);
    }

    /// Waits until the `Received` of an event is overdue, or that of several. It is then not awaited any more; if too many
    /// operations in a row were not answered, the stream is suspect.
    pub async fn received_overdue(&self) -> Vec<(OperationId, u32)> {
        loop {
            let earliest = self.state().awaited.values().min().copied();
            let changed = self.awaited_changed.notified();
            match earliest {
                None => changed.await,
                Some(deadline) => tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep_until(deadline) => return self.take_overdue(),
                },
            }
        }
    }

    fn take_overdue(&self) -> Vec<(OperationId, u32)> {
        let now = Instant::now();
        let mut state = self.state();
        let taken: Vec<_> = state.awaited.extract_if(|_, deadline| *deadline <= now).collect();
        let overdue: Vec<_> = taken.into_iter().map(|(attempt, _)| attempt).collect();
        state.overdue.extend(overdue.iter().copied());
        state
            .unanswered
            .extend(overdue.iter().map(|(operation, _)| *operation));
        let is_stuck = state.unanswered.len() >= STUCK_AFTER;
        drop(state);
        if is_stuck {
            self.leave(Leaving::ReceivedMissing);
        }
        overdue
    }

    /// Records that a frame of the peer came.
    pub fn record_frame(&self, at: OffsetDateTime, clock_offset: Option<ClockOffset>) {
        let mut state = self.state();
        state.last_frame_at = at;
        state.clock_offset = clock_offset.or(state.clock_offset);
    }

    /// Takes over what a heartbeat says of the connector's DC. True: it complains of something else than before.
    pub(super) fn update_conditions(&self, dc: Option<DomainController>, conditions: Vec<Reason>) -> bool {
        let mut state = self.state();
        let is_elsewhere = dc.is_some() && state.dc != dc;
        let is_news = state.conditions != conditions || is_elsewhere;
        state.conditions = conditions;
        if dc.is_some() {
            state.dc = dc;
        }
        is_news
    }

    /// Takes no more events. The first reason stays.
    pub fn leave(&self, why: Leaving) {
        self.leaving.send_if_modified(|leaving| {
            let is_first = leaving.is_none();
            leaving.get_or_insert(why);
            is_first
        });
    }

    /// True once it was found not to be relied on.
    #[must_use]
    pub fn is_suspect(&self) -> bool {
        self.leaving.borrow().is_some_and(Leaving::is_suspect)
    }

    /// Tells when and why it has to leave; an order from before this call counts too.
    #[must_use]
    pub fn leaving_from_start(&self) -> watch::Receiver<Option<Leaving>> {
        let mut leaving = self.leaving.subscribe();
        leaving.mark_changed();
        leaving
    }
}

/// With one of these a connector can write nothing at all, so an operation is refused at once with that reason rather
/// than sent there to fail. Others (`DC_BUSY`, a missing right) may concern some operations only: the connector decides.
fn prevents_writing(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::DcUnreachable
            | ReasonCode::DcReadOnly
            | ReasonCode::DcTlsFailed
            | ReasonCode::ServiceAccountRefused
            | ReasonCode::AuditStoreUnavailable
            | ReasonCode::ConnectorHalted
            | ReasonCode::ClockUntrusted
    )
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use groundwire_proto::gateway::v1::Heartbeat;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};
    use crate::operations::port::SessionId;

    const SHORT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_frame_that_waits_for_welcome_makes_no_stream_a_slow_reader() {
        let who = AttachedConnector {
            tenant: TenantId::new(Uuid::from_u128(1)),
            group: ConnectorGroupId::new(Uuid::from_u128(2)),
            connector: ConnectorId::new(Uuid::from_u128(3)),
            session: SessionId(1),
        };
        let greeting = Greeting {
            version: String::new(),
            credits: 1,
            keys: Vec::new(),
            dc: None,
            conditions: Vec::new(),
        };
        let (queue, mut frames) = mpsc::channel(1);
        let session = Session::new(who, greeting, queue, OffsetDateTime::UNIX_EPOCH, (SHORT, SHORT));
        let mut sent = Box::pin(session.send_frame(Frame::Heartbeat(Heartbeat::default())));
        assert!(tokio::time::timeout(4 * SHORT, &mut sent).await.is_err());
        assert!(!session.is_suspect(), "it was cut by its own welcome");
        session.welcome();
        sent.await.expect("it goes out behind the welcome");
        assert!(frames.recv().now_or_never().is_some());
        // A reader that takes nothing after it is slow.
        for _ in 0..2 {
            let _ = session.send_frame(Frame::Heartbeat(Heartbeat::default())).await;
        }
        assert!(session.is_suspect());
    }
}
