//! What all streams of one connector share: the frames that wait to be sent, the events under way, and what is known of
//! both logs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use groundwire_kit::clock::Clock;
use groundwire_kit::clock_offset::ClockOffset;
use groundwire_proto::capability;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::attach_request::Frame;
use groundwire_proto::gateway::v1::{Heartbeat, Hello, OpenOperation, PasswordEvent, Welcome};
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::timestamp_from;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio_util::task::TaskTracker;

use super::conditions::Complaint;
use super::heads::{agrees, welcome_agrees};
use super::outbox::{Outbox, SessionId};
use super::parts::{LinkState, UplinkParts};
use super::work::WorkError;

/// Optional behaviours of this version, by name: none yet.
const CAPABILITIES: [&str; 0] = [];

/// How long the audit store may take to say what `Hello` has to.
const STORE_DEADLINE: Duration = Duration::from_secs(3);
/// How long a heartbeat waits for the head of the audit log.
const HEAD_DEADLINE: Duration = Duration::from_millis(250);

/// Shared by the streams.
pub(super) struct Link {
    pub(super) parts: UplinkParts,
    pub(super) outbox: Mutex<Outbox>,
    /// A stream may have something to send: a frame was put into the outbox, or an event ended and gives back its credit.
    pub(super) changed: Notify,
    /// The stream that speaks for the connector; 0 for none.
    pub(super) current: watch::Sender<SessionId>,
    pub(super) state: watch::Sender<LinkState>,
    /// Events and fates under way, which outlive streams.
    pub(super) tasks: TaskTracker,
    in_flight: AtomicU32,
    /// What the directory saw of our log, until it was compared: the audit store may be away at `Welcome`.
    uncompared: Mutex<Vec<SeenHead>>,
    /// Whether the directory understands [`capability::NOT_TAKEN`], as its last `Welcome` said.
    understands_not_taken: AtomicBool,
}

/// Counts an event as under way until it is dropped.
struct InFlight(Arc<Link>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }
}

impl Link {
    pub(super) fn new(parts: UplinkParts, state: watch::Sender<LinkState>) -> Arc<Self> {
        Arc::new(Self {
            parts,
            outbox: Mutex::default(),
            changed: Notify::new(),
            current: watch::Sender::new(0),
            state,
            tasks: TaskTracker::new(),
            in_flight: AtomicU32::new(0),
            uncompared: Mutex::default(),
            understands_not_taken: AtomicBool::new(false),
        })
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.parts.clock.as_ref()
    }

    pub(super) fn with_outbox<T>(&self, work: impl FnOnce(&mut Outbox) -> T) -> T {
        work(&mut self.outbox.lock())
    }

    /// Puts a frame of the pipeline's into the outbox.
    pub(super) fn push(&self, frame: Frame) {
        self.with_outbox(|outbox| outbox.push(frame));
        self.changed.notify_waiters();
    }

    /// How many more events could be taken.
    pub(super) fn capacity(&self) -> u32 {
        self.parts
            .credits
            .saturating_sub(self.in_flight.load(Ordering::Acquire))
    }

    /// How many events are under way.
    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Acquire)
    }

    /// Hands an event to the pipeline, in a task that outlives the stream.
    pub(super) fn handle(self: &Arc<Self>, event: PasswordEvent) {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        let in_flight = InFlight(Arc::clone(self));
        let work = Arc::clone(&self.parts.work);
        self.tasks.spawn(async move {
            work.handle(event).await;
            drop(in_flight);
        });
    }

    /// Notes what the directory understands.
    pub(super) fn record_capabilities(&self, names: &[String]) {
        let understands = names.iter().any(|name| name == capability::NOT_TAKEN);
        self.understands_not_taken.store(understands, Ordering::Release);
    }

    /// Whether the directory understands [`capability::NOT_TAKEN`].
    pub(super) fn understands_not_taken(&self) -> bool {
        self.understands_not_taken.load(Ordering::Acquire)
    }

    /// Makes the first frame of a stream. It lists the open operations. Without the audit store it says that they are not
    /// known, to a directory that understands that.
    pub(super) async fn make_hello(&self) -> Result<Hello, WorkError> {
        let (open_operations, audit_head) = match self.read_for_hello().await {
            Ok((open_operations, head)) => {
                self.parts.conditions.set(Complaint::AuditStore, None);
                (Some(open_operations), Some(head.into()))
            }
            Err(WorkError) if self.understands_not_taken() => {
                let unavailable = Reason::new(ReasonCode::AuditStoreUnavailable);
                self.parts
                    .conditions
                    .set(Complaint::AuditStore, Some(unavailable));
                (None, None)
            }
            Err(error) => return Err(error),
        };
        Ok(Hello {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: CAPABILITIES.iter().map(|name| (*name).to_owned()).collect(),
            // The contract requires at least one; an event beyond the capacity is handled all the same.
            credits: self.capacity().max(1),
            sealing_keys: self.parts.sealing_keys.clone(),
            audit_store_id: self.parts.audit_store_id.to_string(),
            audit_head,
            directory_head_seen: self.parts.heads.seen().map(Into::into),
            dc: self.parts.dc.borrow().clone(),
            open_operations_unknown: open_operations.is_none(),
            open_operations: open_operations.unwrap_or_default(),
            conditions: self.parts.conditions.to_wire(),
        })
    }

    /// Reads what `Hello` has to say of the audit store.
    pub(super) async fn read_for_hello(&self) -> Result<(Vec<OpenOperation>, SeenHead), WorkError> {
        let read = async {
            let open_operations = self.parts.work.open_operations().await?;
            Ok((open_operations, self.parts.work.audit_head().await?))
        };
        let read = tokio::time::timeout(STORE_DEADLINE, read).await;
        read.unwrap_or(Err(WorkError))
    }

    /// The head of the audit log for a heartbeat; `None` if the store does not say it soon. Nothing else is done on the
    /// stream meanwhile, and the next heartbeat can say it. The directory forgets what it saw before when it gets a head, so
    /// none goes up before that was compared.
    pub(super) async fn audit_head(&self) -> Option<LogHead> {
        let compared_head = async {
            if self.compare_audit_heads().await {
                self.parts.work.audit_head().await.ok()
            } else {
                None
            }
        };
        let head = tokio::time::timeout(HEAD_DEADLINE, compared_head).await;
        head.ok()?.map(Into::into)
    }

    /// Makes a heartbeat of ours, or the echo of one of the directory's.
    pub(super) fn make_heartbeat(&self, number: u64, echo: bool, head: Option<LogHead>) -> Heartbeat {
        Heartbeat {
            number,
            echo,
            sent_at: Some(timestamp_from(self.clock().now())),
            head,
            conditions: self.parts.conditions.to_wire(),
            dc: self.parts.dc.borrow().clone(),
        }
    }

    /// Records what a round trip says about the difference between the clocks.
    pub(super) fn record_clock_offset(&self, offset: ClockOffset) {
        let beyond = offset.is_beyond(self.parts.clock_limit);
        let reason = beyond.then(|| {
            Reason::new(ReasonCode::ClockUntrusted).with("offset_seconds", offset.middle_ms() / 1_000)
        });
        self.parts.conditions.set(Complaint::Clock, reason);
        self.parts.work.set_clock_offset(offset.middle_ms());
        self.state
            .send_modify(|state| state.clock_offset_ms = Some(offset.middle_ms()));
    }

    /// Records the head of the directory's log that a frame in the middle of a stream carries.
    pub(super) fn record_directory_head(&self, head: Option<&LogHead>) {
        if let Some(head) = readable(head)
            && let Err(before) = self.parts.heads.record(head)
        {
            self.alarm_fork(Complaint::DirectoryLog, before);
        }
    }

    /// Compares what `Welcome` says with what was seen before: each side learns whether either log lost its end, also where
    /// it has grown since. `reported` is the head of the directory's log that `Hello` reported.
    pub(super) async fn compare_heads(&self, reported: Option<SeenHead>, welcome: &Welcome) {
        let directory = readable(welcome.directory_head.as_ref());
        let now_there = readable(welcome.directory_head_at_seen.as_ref());
        if let Some(reported) = reported
            && let Err(before) = welcome_agrees(reported, directory, now_there)
        {
            self.alarm_fork(Complaint::DirectoryLog, before);
        }
        if let Some(head) = directory {
            // A fork was already found above.
            let _ = self.parts.heads.record(head);
        }
        if let Some(seen) = readable(welcome.audit_head_seen.as_ref()).filter(|seen| seen.position > 0) {
            let mut uncompared = self.uncompared.lock();
            if !uncompared.contains(&seen) {
                uncompared.push(seen);
            }
        }
        self.compare_audit_heads().await;
    }

    /// Compares our log with what the directory saw of it. False: the audit store does not answer, and it is still to be
    /// done.
    async fn compare_audit_heads(&self) -> bool {
        loop {
            let Some(seen) = self.uncompared.lock().first().copied() else {
                return true;
            };
            match self.parts.work.audit_head_at(seen.position).await {
                Ok(ours) => {
                    if let Err(before) = agrees(seen, ours) {
                        self.alarm_fork(Complaint::AuditLog, before);
                    }
                    self.uncompared.lock().retain(|other| *other != seen);
                }
                Err(WorkError) => {
                    tracing::warn!("the audit log cannot be compared with what the directory saw of it yet");
                    return false;
                }
            }
        }
    }

    fn alarm_fork(&self, complaint: Complaint, before: SeenHead) {
        let log = if complaint == Complaint::AuditLog {
            "audit"
        } else {
            "directory"
        };
        tracing::error!(
            log,
            position = before.position,
            "log forked: it is not the one that was seen before"
        );
        let reason = Reason::new(ReasonCode::LogForked)
            .with("log", log)
            .with("position", before.position)
            .with("hash", hex::encode(before.hash));
        self.parts.conditions.set(complaint, Some(reason));
        self.state.send_modify(|state| state.forks += 1);
    }
}

/// A head in a frame of the directory's. One that is malformed is not remembered: `Hello` gives back what was seen, and
/// the directory takes no stream whose `Hello` holds such a head.
fn readable(head: Option<&LogHead>) -> Option<SeenHead> {
    SeenHead::from_frame(head).unwrap_or_else(|malformed| {
        tracing::warn!("a frame of the directory holds a {malformed}");
        None
    })
}
