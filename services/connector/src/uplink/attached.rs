//! Keeps one stream attached: opens the next one when the last one ends (with a growing, jittered delay) or is drained
//! (at once, before the old one is left).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::Clock;
use groundwire_kit::supervision::{Backoff, BackoffLimits, Shutdown};
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::DomainController;
use groundwire_proto::gateway::v1::attach_request::Frame;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::attach::StreamError;
use super::conditions::Conditions;
use super::dial::Dialer;
use super::heads::DirectoryHeads;
use super::link::Link;
use super::outbox::SessionId;
use super::session;
use super::work::Work;

/// What the uplink is made of.
pub struct UplinkParts {
    /// How to reach the gateway.
    pub dialer: Dialer,
    /// What frames are handed to.
    pub work: Arc<dyn Work>,
    /// Our sealing keys' certificates.
    pub sealing_keys: Vec<SignedBytes>,
    /// The audit store.
    pub audit_store_id: Uuid,
    /// What was seen of the directory's log.
    pub heads: DirectoryHeads,
    /// What the connector complains of.
    pub conditions: Conditions,
    /// The DC that is written to, as last seen.
    pub dc: watch::Receiver<Option<DomainController>>,
    /// Where requests to sync the accounts go.
    pub sync: watch::Sender<SyncRequest>,
    /// Events taken at once.
    pub credits: u32,
    /// Time from `Hello` to `Welcome`.
    pub attach_timeout: Duration,
    /// Beyond this clock difference the clock is distrusted.
    pub clock_limit: Duration,
    /// Delays between attempts.
    pub backoff: BackoffLimits,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// When to stop.
    pub shutdown: Shutdown,
}

/// What the directory said about syncing accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncRequest {
    /// This connector is to sync.
    pub wanted: bool,
    /// How often, if it said so.
    pub interval: Option<Duration>,
    /// Rises with every word on it, so that the same word twice is noticed.
    pub serial: u64,
}

/// How the link stands: for readiness, metrics and `doctor`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkState {
    /// A stream is attached.
    pub attached: bool,
    /// Streams attached so far.
    pub attachments: u64,
    /// The difference between the clocks, as last measured.
    pub clock_offset_ms: Option<i64>,
    /// The DC that the directory recorded for the group.
    pub group_dc: Option<DomainController>,
    /// Log forks noticed.
    pub forks: u64,
}

/// What a stream tells its keeper.
pub(super) enum Signal {
    /// `Welcome` came.
    Attached {
        session: SessionId,
        key_exchange: &'static str,
    },
    /// The directory wants another stream in this one's place.
    Drain {
        session: SessionId,
        retry_after: Duration,
    },
}

/// Keeps attached.
pub struct Uplink {
    link: Arc<Link>,
}

struct Keeper {
    link: Arc<Link>,
    sessions: JoinSet<Result<(), StreamError>>,
    /// Which task is which stream.
    ids: HashMap<Id, SessionId>,
    last_id: SessionId,
    attaching: Option<SessionId>,
    current: Option<SessionId>,
    next_attempt: Option<Instant>,
    backoff: Backoff,
    signals: mpsc::Sender<Signal>,
    leave: CancellationToken,
}

impl Uplink {
    /// Prepares; nothing is dialled yet.
    #[must_use]
    pub fn new(parts: UplinkParts) -> (Self, watch::Receiver<LinkState>) {
        let (state, watched) = watch::channel(LinkState::default());
        let link = Link::new(parts, state);
        (Self { link }, watched)
    }

    /// Stays attached until the shutdown, then lets what is under way end and say so, within the grace.
    /// `frames` is the pipeline's way up.
    pub async fn run<F>(self, mut frames: mpsc::Receiver<F>)
    where
        F: Into<Frame> + Send + 'static,
    {
        let link = self.link;
        let (signals, mut heard) = mpsc::channel(16);
        let mut keeper = Keeper {
            backoff: Backoff::new(link.parts.backoff),
            link: Arc::clone(&link),
            sessions: JoinSet::new(),
            ids: HashMap::new(),
            last_id: 0,
            attaching: None,
            current: None,
            next_attempt: Some(Instant::now()),
            signals,
            leave: CancellationToken::new(),
        };
        let shutdown = link.parts.shutdown.clone();
        let mut frames_open = true;
        while !shutdown.is_draining() {
            let next_attempt = keeper.next_attempt;
            tokio::select! {
                frame = frames.recv(), if frames_open => match frame {
                    Some(frame) => link.push(frame.into()),
                    None => frames_open = false,
                },
                () = tokio::time::sleep_until(next_attempt.unwrap_or_else(Instant::now)), if next_attempt.is_some() => {
                    keeper.open();
                }
                Some(signal) = heard.recv() => keeper.take(&signal),
                Some(ended) = keeper.sessions.join_next_with_id() => keeper.ended(ended),
                () = shutdown.draining() => {}
            }
        }
        tokio::select! {
            () = finish(&link, &mut frames) => {}
            () = shutdown.forced() => tracing::warn!(under_way = link.in_flight(), "stopped before everything was done"),
        }
        keeper.leave.cancel();
        let closing = async { while keeper.sessions.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_secs(2), closing).await;
        let heads = Arc::clone(&link);
        let _ = tokio::task::spawn_blocking(move || heads.parts.heads.keep()).await;
    }
}

/// Waits until nothing is under way and every outcome was acknowledged, if somebody is there to do so.
async fn finish<F: Into<Frame>>(link: &Arc<Link>, frames: &mut mpsc::Receiver<F>) {
    link.tasks.close();
    loop {
        let stirred = link.stirred.notified();
        let is_done = link.tasks.is_empty()
            && frames.is_empty()
            && (link.with_outbox(|outbox| outbox.unrecorded()) == 0 || !link.state.borrow().attached);
        if is_done {
            return;
        }
        tokio::select! {
            Some(frame) = frames.recv() => link.push(frame.into()),
            () = stirred => {}
            // Tasks that end and acknowledgements that come stir nothing.
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    }
}

impl Keeper {
    fn open(&mut self) {
        self.next_attempt = None;
        self.last_id += 1;
        let id = self.last_id;
        self.attaching = Some(id);
        let session = session::run(
            id,
            Arc::clone(&self.link),
            self.signals.clone(),
            self.leave.clone(),
        );
        let handle = self.sessions.spawn(session);
        self.ids.insert(handle.id(), id);
    }

    fn take(&mut self, signal: &Signal) {
        match signal {
            Signal::Attached {
                session,
                key_exchange,
            } => {
                if self.attaching == Some(*session) {
                    self.attaching = None;
                }
                self.current = Some(*session);
                self.backoff.connected(self.link.clock().boot());
                self.link.state.send_modify(|state| {
                    state.attached = true;
                    state.attachments += 1;
                });
                tracing::info!(stream = session, key_exchange, "attached");
                let link = Arc::clone(&self.link);
                tokio::task::spawn_blocking(move || link.parts.heads.keep());
            }
            Signal::Drain { session, retry_after } => {
                if self.current == Some(*session) && self.attaching.is_none() && self.next_attempt.is_none() {
                    self.next_attempt = Some(Instant::now() + *retry_after);
                }
            }
        }
    }

    fn ended(&mut self, ended: Result<(Id, Result<(), StreamError>), JoinError>) {
        let (task, outcome) = match ended {
            Ok((task, outcome)) => (task, Some(outcome)),
            // The panic itself was logged by the hook.
            Err(error) => (error.id(), None),
        };
        let Some(id) = self.ids.remove(&task) else { return };
        let hint = match &outcome {
            Some(Ok(())) => None,
            Some(Err(error)) => {
                tracing::warn!(stream = id, %error, "stream ended");
                error.retry_after()
            }
            None => {
                tracing::error!(stream = id, "stream panicked");
                None
            }
        };
        if self.current == Some(id) {
            self.current = None;
            self.link.state.send_modify(|state| state.attached = false);
            self.backoff.disconnected(self.link.clock().boot());
        }
        if self.attaching == Some(id) {
            self.attaching = None;
        }
        let needs_another = self.current.is_none() || self.last_id == id;
        if needs_another && self.attaching.is_none() && self.next_attempt.is_none() {
            if let Some(hint) = hint {
                self.backoff.hint(hint);
            }
            let delay = self.backoff.next_delay(rand::random());
            self.next_attempt = Some(Instant::now() + delay);
        }
    }
}
