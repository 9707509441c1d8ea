//! One stream, from `Welcome` to its end: a single loop that handles the frames that come, sends the frames that are due,
//! and keeps up the heartbeat.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use groundwire_kit::clock_offset::ClockOffset;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::attach_request::Frame;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{
    AttachRequest, CheckRequest, ConnectorSettings, Credit, Drain, Heartbeat, Welcome,
};
use groundwire_proto::time::{duration_of, moment_of};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::attach::{Attached, StreamError, attach};
use super::link::Link;
use super::outbox::SessionId;
use super::parts::SyncRequest;

/// The directory may choose another interval within these bounds.
const HEARTBEAT: Duration = Duration::from_secs(10);
const HEARTBEAT_BOUNDS: RangeInclusive<Duration> = Duration::from_millis(20)..=Duration::from_secs(60);
/// How many heartbeats may be missed.
const MISSED: u32 = 3;
/// How long an outcome waits for its acknowledgement before it is sent again on the same stream.
const RESEND_AFTER: Duration = Duration::from_secs(5);
/// The longest grace that a `Drain` may give an old stream.
const MAX_GRACE: Duration = Duration::from_secs(300);
const DEFAULT_GRACE: Duration = Duration::from_secs(30);
/// How long until what `Hello` needs is read again of the audit store; each pause is twice the one before.
const STORE_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_STORE_PAUSE: Duration = Duration::from_secs(8);
/// Heartbeats whose echo is waited for.
const AWAITED: usize = 8;

/// What a stream reports to the supervisor.
pub(super) enum Signal {
    /// The directory said `Welcome`.
    Attached {
        session: SessionId,
        /// The TLS group of the connection, for the log.
        key_exchange: &'static str,
    },
    /// Another stream is wanted in the place of this one: by the directory, or because now it can be said what is open.
    Drain {
        session: SessionId,
        retry_after: Duration,
    },
}

/// A stream that is attached.
pub(super) struct Session {
    id: SessionId,
    link: Arc<Link>,
    signals: mpsc::Sender<Signal>,
    up: mpsc::Sender<AttachRequest>,
    interval: Duration,
    /// Credits given on this stream, less the events that came on it.
    outstanding: u32,
    heartbeats: HeartbeatTimers,
    last_frame_at: Instant,
    /// The moment at which a drained stream is left.
    leave_at: Option<Instant>,
}

/// Our own heartbeats: the number of the last one, and when those without an echo were sent.
#[derive(Default)]
struct HeartbeatTimers {
    last: u64,
    awaited: Vec<(u64, OffsetDateTime, BootInstant)>,
}

/// Attaches and stays until the stream ends. `leave` ends it from our side.
pub(super) async fn run(
    id: SessionId,
    link: Arc<Link>,
    signals: mpsc::Sender<Signal>,
    leave: CancellationToken,
) -> Result<(), StreamError> {
    let attached = tokio::select! {
        attached = attach(&link) => attached?,
        () = leave.cancelled() => return Ok(()),
    };
    let Attached {
        up,
        mut down,
        welcome,
        credits,
        directory_head_reported,
        said_what_is_open,
        key_exchange,
    } = attached;
    let mut session = Session {
        id,
        interval: bounded(welcome.heartbeat_interval, HEARTBEAT, HEARTBEAT_BOUNDS),
        link,
        signals,
        up,
        outstanding: credits,
        heartbeats: HeartbeatTimers::default(),
        last_frame_at: Instant::now(),
        leave_at: None,
    };
    session
        .link
        .compare_heads(directory_head_reported, &welcome)
        .await;
    session.apply_welcome(welcome, key_exchange).await;
    let _until_left = (!said_what_is_open).then(|| session.spawn_waiting_for_store());
    let mut conditions = session.link.parts.conditions.follow();
    let mut ticks = tokio::time::interval(session.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let link = Arc::clone(&session.link);
        // Registered before the outbox is looked at, so that nothing put into it in between is missed.
        let changed = link.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        session.send_due().await?;
        let leave_at = session.leave_at.unwrap_or_else(far);
        tokio::select! {
            message = down.message() => match message?.and_then(|message| message.frame) {
                Some(frame) => session.handle(frame).await?,
                None => return Err(StreamError::Ended),
            },
            () = &mut changed => {}
            _ = ticks.tick() => {
                conditions.said();
                session.send_heartbeat().await?;
            }
            () = conditions.due() => {
                conditions.said();
                session.say_conditions().await?;
            }
            () = tokio::time::sleep_until(leave_at) => return Ok(()),
            // Our end of the stream is dropped then, which closes it.
            () = leave.cancelled() => return Ok(()),
        }
    }
}

/// A duration that the directory sends, within bounds; the default where it is absent, negative or malformed.
fn bounded(
    sent: Option<prost_types::Duration>,
    default: Duration,
    bounds: RangeInclusive<Duration>,
) -> Duration {
    sent.as_ref()
        .and_then(duration_of)
        .unwrap_or(default)
        .clamp(*bounds.start(), *bounds.end())
}

/// How often to sync the accounts; absent where the directory does not say, or says no duration.
fn sync_interval(settings: Option<ConnectorSettings>) -> Option<Duration> {
    settings?.sync_interval.as_ref().and_then(duration_of)
}

/// A moment that no stream lives to see: the timer of one that is not drained.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(86_400)
}

impl Session {
    fn is_current(&self) -> bool {
        *self.link.current.borrow() == self.id
    }

    async fn apply_welcome(&mut self, welcome: Welcome, key_exchange: &'static str) {
        let _under_way = self.link.tasks.token();
        self.link.record_capabilities(&welcome.capabilities);
        self.link.with_outbox(|outbox| outbox.apply_fates(&welcome.fates));
        self.link.state.send_modify(|state| {
            state.group_dc = welcome.group_dc.clone();
        });
        // From here this stream speaks for the connector.
        self.link.current.send_replace(self.id);
        let session = self.id;
        self.signal(Signal::Attached {
            session,
            key_exchange,
        })
        .await;
        if !welcome.fates.is_empty() {
            let (work, fates) = (Arc::clone(&self.link.parts.work), welcome.fates);
            let redelivers = self.link.understands_not_taken();
            self.link
                .tasks
                .spawn(async move { work.apply_fates(fates, redelivers).await });
        }
        self.request_sync(welcome.sync_accounts, sync_interval(welcome.settings), false);
    }

    /// When the audit store answers, another stream says what is open. Ends with this stream.
    fn spawn_waiting_for_store(&self) -> AbortOnDropHandle<()> {
        let (link, signals) = (Arc::clone(&self.link), self.signals.clone());
        let session = self.id;
        AbortOnDropHandle::new(tokio::spawn(async move {
            let mut pause = STORE_PAUSE;
            while link.read_for_hello().await.is_err() {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_STORE_PAUSE);
            }
            tracing::info!(
                stream = session,
                "the audit store answers, attaching another stream"
            );
            let retry_after = Duration::ZERO;
            // The receiver lives as long as the sessions do.
            let _ = signals.send(Signal::Drain { session, retry_after }).await;
        }))
    }

    async fn handle(&mut self, frame: Down) -> Result<(), StreamError> {
        self.last_frame_at = Instant::now();
        // A stop waits for the tasks, and must not come between an acknowledgement and the task that records it.
        let _under_way = self.link.tasks.token();
        match frame {
            Down::Welcome(_) => return Err(StreamError::Contract("a second Welcome")),
            Down::PasswordEvent(event) => {
                self.outstanding = self.outstanding.saturating_sub(1);
                self.link.handle(event);
            }
            Down::CheckRequest(request) => self.answer_check(request),
            Down::OutcomeRecorded(recorded) => {
                self.link.record_directory_head(recorded.directory_head.as_ref());
                self.link
                    .with_outbox(|outbox| outbox.remove_acknowledged(&recorded));
                let work = Arc::clone(&self.link.parts.work);
                self.link
                    .tasks
                    .spawn(async move { work.record_acknowledgement(recorded).await });
            }
            Down::OperationClosed(closed) => {
                self.link
                    .with_outbox(|outbox| outbox.remove_operation(&closed.operation_id));
                let work = Arc::clone(&self.link.parts.work);
                self.link
                    .tasks
                    .spawn(async move { work.close_operation(closed).await });
            }
            Down::SettingsChanged(changed) => {
                self.request_sync(changed.sync_accounts, sync_interval(changed.settings), true);
            }
            // Signed checkpoints of logs come with the audit release.
            Down::Checkpoint(_) => {}
            Down::Drain(drain) => self.handle_drain(drain).await,
            Down::Heartbeat(heartbeat) => self.record_heartbeat(heartbeat).await?,
        }
        Ok(())
    }

    /// A check is answered on the stream that it came on, or not at all: its caller is gone with the stream.
    fn answer_check(&self, request: CheckRequest) {
        let (work, up) = (Arc::clone(&self.link.parts.work), self.up.clone());
        let deadline = self.interval;
        self.link.tasks.spawn(async move {
            let Some(result) = work.check(request).await else {
                return;
            };
            let frame = AttachRequest {
                frame: Some(Frame::CheckResult(result)),
            };
            let _ = tokio::time::timeout(deadline, up.send(frame)).await;
        });
    }

    async fn handle_drain(&mut self, drain: Drain) {
        let grace = bounded(drain.grace, DEFAULT_GRACE, Duration::ZERO..=MAX_GRACE);
        let retry_after = bounded(drain.retry_after, Duration::ZERO, Duration::ZERO..=MAX_GRACE);
        tracing::info!(reason = %drain.reason, grace_ms = millis(grace), "the directory drains this stream, attaching another");
        self.leave_at = Some(Instant::now() + grace);
        self.signal(Signal::Drain {
            session: self.id,
            retry_after,
        })
        .await;
    }

    /// Echoes a heartbeat of the directory's; from the echo of one of ours it learns the difference between the clocks.
    async fn record_heartbeat(&mut self, heartbeat: Heartbeat) -> Result<(), StreamError> {
        self.link.record_directory_head(heartbeat.head.as_ref());
        if !heartbeat.echo {
            // An echo answers at once: the head can wait for the next heartbeat of our own.
            let echo = self.link.make_heartbeat(heartbeat.number, true, None);
            return self.send(Frame::Heartbeat(echo)).await;
        }
        let awaited = &mut self.heartbeats.awaited;
        if let Some(index) = awaited
            .iter()
            .position(|(number, ..)| *number == heartbeat.number)
        {
            let (_, sent, sent_boot) = awaited.remove(index);
            if let Some(peer) = heartbeat.sent_at.as_ref().and_then(moment_of) {
                let round_trip = self.link.clock().elapsed(sent_boot);
                self.link
                    .record_clock_offset(ClockOffset::measure(sent, round_trip, peer));
            }
        }
        Ok(())
    }

    async fn send_heartbeat(&mut self) -> Result<(), StreamError> {
        let silent_for = self.last_frame_at.elapsed();
        if silent_for > self.interval * MISSED {
            return Err(StreamError::Silent(silent_for));
        }
        let head = self.link.audit_head().await;
        self.beat(head).await
    }

    /// A heartbeat out of turn: what the connector complains of has changed, and callers are refused for it or wait.
    async fn say_conditions(&mut self) -> Result<(), StreamError> {
        self.beat(None).await
    }

    async fn beat(&mut self, head: Option<LogHead>) -> Result<(), StreamError> {
        self.heartbeats.last += 1;
        let number = self.heartbeats.last;
        let heartbeat = self.link.make_heartbeat(number, false, head);
        if self.heartbeats.awaited.len() == AWAITED {
            self.heartbeats.awaited.remove(0);
        }
        self.heartbeats
            .awaited
            .push((number, self.link.clock().now(), self.link.clock().boot()));
        self.send(Frame::Heartbeat(heartbeat)).await
    }

    /// Sends the frames that are due, and gives new credit for events that ended. A stream that was replaced sends
    /// nothing: the current one does.
    async fn send_due(&mut self) -> Result<(), StreamError> {
        if !self.is_current() {
            return Ok(());
        }
        let now = self.link.clock().boot();
        for frame in self
            .link
            .with_outbox(|outbox| outbox.take_due(self.id, now, RESEND_AFTER))
        {
            if !matches!(frame, Frame::NotTaken(_)) || self.link.understands_not_taken() {
                self.send(frame).await?;
            }
        }
        let capacity = self.link.capacity();
        if self.leave_at.is_none() && capacity > self.outstanding && !self.link.parts.shutdown.is_draining() {
            let events = capacity - self.outstanding;
            self.outstanding = capacity;
            self.send(Frame::Credit(Credit { events })).await?;
        }
        Ok(())
    }

    async fn send(&self, frame: Frame) -> Result<(), StreamError> {
        let request = AttachRequest { frame: Some(frame) };
        match tokio::time::timeout(self.interval * MISSED, self.up.send(request)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(StreamError::Ended),
            Err(_elapsed) => Err(StreamError::Stuck),
        }
    }

    /// `now`: even if the last sync was a short while ago.
    fn request_sync(&self, sync_accounts: bool, interval: Option<Duration>, now: bool) {
        self.link.parts.sync.send_modify(|request: &mut SyncRequest| {
            request.sync_accounts = sync_accounts;
            request.now = now;
            request.interval = interval;
            request.serial += 1;
        });
    }

    async fn signal(&self, signal: Signal) {
        // The receiver lives as long as the sessions do.
        let _ = self.signals.send(signal).await;
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_of_syncs_is_taken_as_it_is_written_or_not_at_all() {
        let sent = |seconds, nanos| {
            sync_interval(Some(ConnectorSettings {
                sync_interval: Some(prost_types::Duration { seconds, nanos }),
            }))
        };
        assert_eq!(sent(300, 500_000_000), Some(Duration::from_millis(300_500)));
        // None of these is a duration by the contract (google/protobuf/duration.proto); they are not made one.
        for (seconds, nanos) in [
            (300, -1),
            (300, 1_000_000_000),
            (-1, 0),
            (0, -1),
            (-1, 1_000_000_000),
        ] {
            assert_eq!(sent(seconds, nanos), None, "{seconds} s {nanos} ns");
        }
        assert_eq!(sync_interval(Some(ConnectorSettings::default())), None);
        assert_eq!(sync_interval(None), None);
    }
}
