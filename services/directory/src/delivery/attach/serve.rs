//! The loop of an open stream.

use std::sync::Arc;

use groundwire_envelope::signed::{Domain, Signed};
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{AttachRequest, Checkpoint, Drain, Heartbeat};
use groundwire_proto::ids::parse_uuid;
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::reasons::Reason;
use groundwire_proto::time::{duration_to_wire, moment_of, timestamp_from};
use prost::Message;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tonic::Streaming;

use super::Attach;
use super::end::{BadFrame, End, Leaving};
use super::heads::{FoundFork, complained_of, directory_head, own_fork};
use super::hello::{MAX_CREDIT, validate_conditions, validate_dc, validate_head};
use super::open::Opened;
use crate::delivery::heartbeats::Heartbeats;
use crate::store::StoreError;

/// A checkpoint is sent after this many heartbeats: every ten minutes by default.
const CHECKPOINT_EVERY: u64 = 60;

/// What a piece of work found, for the loop.
enum Done {
    Nothing,
    Head(Option<LogHead>),
    /// What was seen of the connector's log is stored up to this head.
    Saved(SeenHead),
}

pub(super) struct Serving<'a> {
    pub(super) attach: &'a Attach,
    pub(super) opened: Opened,
    heartbeats: Heartbeats,
    work: JoinSet<Done>,
    leaving: watch::Receiver<Option<Leaving>>,
    cut: Option<(Leaving, Instant)>,
    ticks: u64,
    /// The connector's complaint of a fork was taken.
    took_complaint: bool,
}

impl Attach {
    pub(super) async fn serve(&self, opened: Opened, mut inbound: Streaming<AttachRequest>) -> End {
        let config = &self.config;
        let mut serving = Serving {
            attach: self,
            leaving: opened.session.leaving_from_start(),
            heartbeats: Heartbeats::new(
                config.heartbeat_interval,
                config.missed_heartbeats,
                Instant::now(),
            ),
            opened,
            work: JoinSet::new(),
            cut: None,
            ticks: 0,
            took_complaint: false,
        };
        let session = Arc::clone(&serving.opened.session);
        let (operations, who) = (Arc::clone(&self.operations), session.who);
        serving.spawn(async move { operations.connector_ready(&who).await });
        let end = serving.run(&mut inbound).await;
        // Nothing is routed to a stream that nobody reads, while what was begun is finished.
        session.leave(Leaving::Ending);
        serving.finish(end).await;
        end
    }
}

impl Serving<'_> {
    async fn run(&mut self, inbound: &mut Streaming<AttachRequest>) -> End {
        let session = Arc::clone(&self.opened.session);
        let period = self.attach.config.heartbeat_interval;
        let mut ticker = tokio::time::interval_at(Instant::now() + period, period);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let may_read = self.work.len() < self.attach.config.concurrent_frames;
            let gone_at = self.heartbeats.gone_at();
            let cut = self.cut;
            let step = tokio::select! {
                frame = inbound.message(), if may_read => match frame {
                    Ok(Some(frame)) => self.frame(frame).await,
                    Ok(None) => Err(End::Finished),
                    Err(_) => Err(End::Broken),
                },
                Some(done) = self.work.join_next(), if !self.work.is_empty() => {
                    self.done(done);
                    Ok(())
                }
                _ = ticker.tick() => {
                    self.tick().await;
                    Ok(())
                }
                overdue = session.received_overdue(), if cut.is_none() => {
                    self.overdue(overdue);
                    Ok(())
                }
                changed = self.leaving.changed(), if cut.is_none() => {
                    if changed.is_ok() { self.leave(); }
                    Ok(())
                }
                () = tokio::time::sleep_until(gone_at) => Err(End::Silent),
                () = session.closed() => Err(End::Broken),
                why = grace_over(cut) => Err(End::Left(why)),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// The stream is to leave: tell the connector, and give it time to finish.
    fn leave(&mut self) {
        let Some(why) = *self.leaving.borrow_and_update() else {
            return;
        };
        // Who waits for it looks for another one, or learns that there is none.
        self.attach.connectors.look_anew(&self.opened.session.who);
        let grace = self.attach.config.drain_grace;
        self.cut = Some((why, Instant::now() + grace));
        if why.is_suspect() {
            self.attach.suspect(&self.opened.session.who, why);
        }
        let drain = Drain {
            reason: why.as_str().to_owned(),
            grace: Some(duration_to_wire(grace)),
            retry_after: None,
        };
        // A stream whose queue is full is cut without.
        let _ = self.opened.session.try_send(Down::Drain(drain));
    }

    /// Lets work that was begun come to its end: its answers still go down where the stream allows it.
    async fn finish(&mut self, end: End) {
        let now = self.attach.store.clock().now();
        let session = &self.opened.session;
        let dc = session.online().dc.map(|dc| dc.host).unwrap_or_default();
        let who = session.who;
        let head = self.opened.remembered.unsaved();
        if let Err(error) = self
            .attach
            .store
            .connector_seen(who.tenant, who.connector, &dc, now, head)
            .await
        {
            tracing::warn!(%error, cause = error.cause(), connector = %who.connector, "cannot remember when a connector was last seen");
        }
        if end == End::Finished {
            let all = async { while self.work.join_next().await.is_some() {} };
            let _ = tokio::time::timeout(self.attach.config.drain_grace, all).await;
        }
        // What an outcome asks of operations runs in their own task: it is committed whatever becomes of the stream.
        self.work.detach_all();
    }

    pub(super) fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let deadline = self.attach.config.work_deadline;
        let connector = self.opened.session.who.connector;
        self.work.spawn(async move {
            if tokio::time::timeout(deadline, work).await.is_err() {
                tracing::warn!(%connector, "a frame was not worked on in time");
            }
            Done::Nothing
        });
    }

    fn done(&mut self, done: Result<Done, tokio::task::JoinError>) {
        match done {
            Ok(Done::Nothing) => {}
            Ok(Done::Head(head)) => self.send_heartbeat(head),
            Ok(Done::Saved(head)) => self.opened.remembered.saved(head),
            Err(error) => tracing::error!(%error, "work on a frame failed"),
        }
    }

    /// Every interval: a heartbeat, and what was seen is remembered.
    async fn tick(&mut self) {
        self.ticks += 1;
        let who = self.opened.session.who;
        let store = Arc::clone(&self.attach.store);
        self.work
            .spawn(async move { Done::Head(directory_head(&store, who.tenant).await) });
        let store = Arc::clone(&self.attach.store);
        let online = self.opened.session.online();
        let head = self.opened.remembered.unsaved();
        self.work.spawn(async move {
            let dc = online.dc.map(|dc| dc.host).unwrap_or_default();
            let seen = store.connector_seen(who.tenant, who.connector, &dc, online.last_heartbeat_at, head);
            match (seen.await, head) {
                (Ok(()), Some(head)) => return Done::Saved(head),
                (Ok(()), None) => {}
                (Err(error), _) => {
                    tracing::warn!(%error, cause = error.cause(), connector = %who.connector, "cannot remember when a connector was last seen");
                }
            }
            Done::Nothing
        });
        if self.ticks.is_multiple_of(CHECKPOINT_EVERY) {
            let opened = &self.opened;
            self.attach
                .send_checkpoint(&opened.session, &opened.remembered)
                .await;
        }
    }

    fn send_heartbeat(&mut self, head: Option<LogHead>) {
        let wall = self.attach.store.clock().now();
        let heartbeat = Heartbeat {
            number: self.heartbeats.sending(Instant::now(), wall),
            echo: false,
            sent_at: Some(timestamp_from(wall)),
            head,
            conditions: Vec::new(),
            dc: None,
        };
        if self.opened.session.try_send(Down::Heartbeat(heartbeat)).is_err() {
            // Events wait for a place and find out by themselves; an idle stream finds out here.
            self.opened.session.leave(Leaving::SlowReader);
        }
    }

    async fn frame(&mut self, frame: AttachRequest) -> Result<(), End> {
        self.heartbeats.record_frame(Instant::now());
        self.opened
            .session
            .record_frame(self.attach.store.clock().now(), self.heartbeats.clock_offset());
        match frame.frame.ok_or(BadFrame("an empty frame"))? {
            Up::Hello(_) => Err(BadFrame("Hello came twice").into()),
            Up::Credit(credit) if (1..=MAX_CREDIT).contains(&credit.events) => {
                self.attach.connectors.credit(&self.opened.session, credit.events);
                Ok(())
            }
            Up::Credit(_) => Err(BadFrame("credit must be 1 to 1024").into()),
            Up::Received(received) => self.received(received).await,
            Up::Outcome(report) => self.outcome(report).await,
            Up::StoodDown(stood_down) => self.stood_down(&stood_down),
            Up::NotTaken(not_taken) => self.not_taken(&not_taken),
            Up::CheckResult(result) => {
                parse_uuid(&result.check_id).map_err(|_| BadFrame("check_id is not a UUID"))?;
                let (operations, who) = (Arc::clone(&self.attach.operations), self.opened.session.who);
                self.attach.connectors.sync_if_name_moved(&who, &result.reasons);
                self.spawn(async move { operations.check_result(&who, result).await });
                Ok(())
            }
            Up::Checkpoint(checkpoint) => self.checkpoint(checkpoint),
            Up::Heartbeat(heartbeat) => self.heartbeat(heartbeat).await,
        }
    }

    /// The connector's signed statement of our log: kept, and compared with our log.
    fn checkpoint(&mut self, checkpoint: Checkpoint) -> Result<(), End> {
        let forged = BadFrame("a checkpoint is not signed by the group's root key");
        let head = checkpoint.head.ok_or(BadFrame("a checkpoint without head"))?;
        let signed = Signed::try_from(head).map_err(|_| forged)?;
        let verified = self.opened.root.verify(Domain::Checkpoint, signed.clone());
        let verified = verified.map_err(|_| forged)?;
        let head = LogHead::decode(verified.bytes()).map_err(|_| BadFrame("a checkpoint is malformed"))?;
        let Some(head) = validate_head(Some(&head))? else {
            return Ok(());
        };
        let (attach, who) = (self.attach.clone(), self.opened.session.who);
        self.spawn(async move {
            let at = attach.store.clock().now();
            match own_fork(&attach.store, who.tenant, head).await {
                Ok(Some(fork)) => {
                    let found = FoundFork {
                        which: "directory",
                        fork,
                        reported: head,
                        seen: head,
                    };
                    log_unrecorded(attach.alarm(&who, found).await);
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, cause = error.cause(), "a checkpoint was not compared"),
            }
            let kept = attach
                .store
                .keep_checkpoint(who.tenant, who.connector, head.position, signed, at);
            if let Err(error) = kept.await {
                tracing::warn!(%error, cause = error.cause(), "a checkpoint was not kept");
            }
        });
        Ok(())
    }

    async fn heartbeat(&mut self, heartbeat: Heartbeat) -> Result<(), End> {
        let head = validate_head(heartbeat.head.as_ref())?;
        self.audit_head(head).await;
        let (now, wall) = (Instant::now(), self.attach.store.clock().now());
        // A heartbeat and an echo say the same: how its connector stands at the moment.
        let dc = validate_dc(heartbeat.dc)?;
        let conditions = validate_conditions(heartbeat.conditions)?;
        if let Some(head) = head {
            // Its first one comes after it has held its log to what `Welcome` said.
            self.opened.remembered.compared();
            self.complained_fork(&conditions, head);
        }
        self.attach
            .connectors
            .update_conditions(&self.opened.session, dc.clone(), conditions);
        if heartbeat.echo {
            if let Some(peer) = heartbeat.sent_at.as_ref().and_then(moment_of) {
                self.heartbeats.echoed(heartbeat.number, peer, now);
                self.opened
                    .session
                    .record_frame(wall, self.heartbeats.clock_offset());
            }
        } else {
            let echo = Heartbeat {
                number: heartbeat.number,
                echo: true,
                sent_at: Some(timestamp_from(wall)),
                head: None,
                conditions: Vec::new(),
                dc: None,
            };
            let _ = self.opened.session.try_send(Down::Heartbeat(echo));
        }
        if let Some(dc) = &dc {
            // A connector that could not reach its DC at first names it here. Without a database the next heartbeat names it
            // again.
            let _ = self.attach.choose_group_dc(&self.opened.session.who, dc).await;
        }
        Ok(())
    }

    /// The connector found that its log is not the one that we saw: recorded once, and looked at once per stream.
    fn complained_fork(&mut self, conditions: &[Reason], head: SeenHead) {
        let Some(found) = complained_of(conditions, head).filter(|_| !self.took_complaint) else {
            return;
        };
        self.took_complaint = true;
        let (attach, who) = (self.attach.clone(), self.opened.session.who);
        self.spawn(async move { log_unrecorded(attach.alarm(&who, found).await) });
    }

    pub(super) async fn audit_head(&mut self, head: Option<SeenHead>) {
        let Some(head) = head else { return };
        let seen = self.opened.remembered.head();
        if let (Some(fork), Some(seen)) = (self.opened.remembered.on_frame(head), seen) {
            let found = FoundFork {
                which: "audit",
                fork,
                reported: head,
                seen,
            };
            log_unrecorded(self.attach.alarm(&self.opened.session.who, found).await);
        }
    }
}

fn log_unrecorded(alarmed: Result<(), StoreError>) {
    if let Err(error) = alarmed {
        tracing::warn!(%error, "a fork was alarmed and not recorded");
    }
}

async fn grace_over(cut: Option<(Leaving, Instant)>) -> Leaving {
    match cut {
        Some((why, at)) => {
            tokio::time::sleep_until(at).await;
            why
        }
        None => std::future::pending().await,
    }
}
