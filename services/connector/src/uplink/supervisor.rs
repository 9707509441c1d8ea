//! Keeps one stream attached: opens the next one when the last one ends (with a growing, jittered delay) or is drained
//! (at once, before the old one is left).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::supervision::Backoff;
use groundwire_proto::gateway::v1::attach_request::Frame;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::attach::StreamError;
use super::link::Link;
use super::outbox::SessionId;
use super::parts::{LinkState, UplinkParts};
use super::session::{self, Signal};

/// How long the streams may take to close after everything was done.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(2);

/// The way to the directory.
pub struct Uplink {
    link: Arc<Link>,
}

impl Uplink {
    /// Prepares an uplink; nothing is dialled yet. The receiver shows the state of the link.
    #[must_use]
    pub fn new(parts: UplinkParts) -> (Self, watch::Receiver<LinkState>) {
        let (state, watched) = watch::channel(LinkState::default());
        let link = Link::new(parts, state);
        (Self { link }, watched)
    }

    /// Stays attached until the shutdown. Then waits, within the grace, until what is under way has ended and been
    /// reported. `frames` are the pipeline's frames for the directory.
    pub async fn run<F>(self, mut frames: mpsc::Receiver<F>)
    where
        F: Into<Frame> + Send + 'static,
    {
        let link = self.link;
        let (signals, mut incoming) = mpsc::channel(16);
        let mut supervisor = UplinkSupervisor::new(Arc::clone(&link), signals);
        let shutdown = link.parts.shutdown.clone();
        let mut frames_open = true;
        while !shutdown.is_draining() {
            let next_attempt = supervisor.next_attempt;
            tokio::select! {
                frame = frames.recv(), if frames_open => match frame {
                    Some(frame) => link.push(frame.into()),
                    None => frames_open = false,
                },
                () = tokio::time::sleep_until(next_attempt.unwrap_or_else(Instant::now)), if next_attempt.is_some() => {
                    supervisor.open_session();
                }
                Some(signal) = incoming.recv() => supervisor.handle_signal(&signal),
                Some(ended) = supervisor.sessions.join_next_with_id() => supervisor.handle_end(ended),
                () = shutdown.draining() => {}
            }
        }
        tokio::select! {
            () = finish_work(&link, &mut frames) => {}
            () = shutdown.forced() => tracing::warn!(under_way = link.in_flight(), "stopped before everything was done"),
        }
        supervisor.close_sessions().await;
        let heads = Arc::clone(&link);
        let _ = tokio::task::spawn_blocking(move || heads.parts.heads.keep()).await;
    }
}

/// Waits until nothing is under way and the directory has acknowledged every outcome, if a stream is attached on which
/// it can do so.
async fn finish_work<F: Into<Frame>>(link: &Arc<Link>, frames: &mut mpsc::Receiver<F>) {
    link.tasks.close();
    let acknowledged = link.with_outbox(|outbox| outbox.acknowledged());
    let mut state = link.state.subscribe();
    loop {
        // Registered before anything is looked at, so that no acknowledgement in between is missed.
        let acknowledged = acknowledged.notified();
        tokio::pin!(acknowledged);
        acknowledged.as_mut().enable();
        let tasks_ended = link.tasks.is_empty();
        let is_reported =
            link.with_outbox(|outbox| outbox.unacknowledged()) == 0 || !state.borrow_and_update().attached;
        if tasks_ended && is_reported && frames.is_empty() {
            return;
        }
        tokio::select! {
            Some(frame) = frames.recv() => link.push(frame.into()),
            () = link.tasks.wait(), if !tasks_ended => {}
            () = acknowledged => {}
            Ok(()) = state.changed() => {}
        }
    }
}

/// Which streams there are, and when the next one is opened.
struct UplinkSupervisor {
    link: Arc<Link>,
    sessions: JoinSet<Result<(), StreamError>>,
    /// The stream of each task.
    ids: HashMap<Id, SessionId>,
    last_id: SessionId,
    attaching: Option<SessionId>,
    current: Option<SessionId>,
    next_attempt: Option<Instant>,
    backoff: Backoff,
    signals: mpsc::Sender<Signal>,
    leave: CancellationToken,
}

impl UplinkSupervisor {
    fn new(link: Arc<Link>, signals: mpsc::Sender<Signal>) -> Self {
        Self {
            backoff: Backoff::new(link.parts.backoff),
            link,
            sessions: JoinSet::new(),
            ids: HashMap::new(),
            last_id: 0,
            attaching: None,
            current: None,
            next_attempt: Some(Instant::now()),
            signals,
            leave: CancellationToken::new(),
        }
    }

    fn open_session(&mut self) {
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

    fn handle_signal(&mut self, signal: &Signal) {
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

    fn handle_end(&mut self, ended: Result<(Id, Result<(), StreamError>), JoinError>) {
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

    async fn close_sessions(&mut self) {
        self.leave.cancel();
        let closing = async { while self.sessions.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(CLOSING_TIMEOUT, closing).await;
    }
}
