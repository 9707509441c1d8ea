//! The frames that wait to be sent to the directory. Outcomes stay until the directory acknowledges them; the rest is of
//! use on one stream only. No IO; time is passed in.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use groundwire_proto::gateway::v1::attach_request::Frame;
use groundwire_proto::gateway::v1::{FateKind, OperationFate, OutcomeRecorded, OutcomeReport};
use groundwire_proto::ids::OperationId;
use tokio::sync::Notify;

/// Frames that wait beyond these are dropped, oldest first: none of them is needed for correctness.
const MAX_PASSING: usize = 4_096;

type Key = (String, u32);

/// The stream that a frame was sent on.
pub(super) type SessionId = u64;

struct Pending {
    report: OutcomeReport,
    sent: Option<(SessionId, BootInstant)>,
}

/// The frames that wait to be sent.
#[derive(Default)]
pub(super) struct Outbox {
    outcomes: BTreeMap<Key, Pending>,
    passing: VecDeque<Frame>,
    acknowledged: Arc<Notify>,
}

impl Outbox {
    /// Puts a frame of the pipeline's in.
    pub(super) fn push(&mut self, frame: Frame) {
        match frame {
            Frame::Outcome(report) => {
                let attempt = report.outcome.as_ref().map_or(0, |outcome| outcome.attempt);
                let key = (canonical(&report.operation_id), attempt);
                self.outcomes.insert(key, Pending { report, sent: None });
            }
            frame @ (Frame::Received(_)
            | Frame::StoodDown(_)
            | Frame::NotTaken(_)
            | Frame::CheckResult(_)
            | Frame::Checkpoint(_)
            | Frame::Credit(_)
            | Frame::Heartbeat(_)
            | Frame::Hello(_)) => {
                if self.passing.len() == MAX_PASSING {
                    self.passing.pop_front();
                }
                self.passing.push_back(frame);
            }
        }
    }

    /// Forgets what the `Hello` of a new stream says instead: what it lists was received, what it does not list was not
    /// taken.
    pub(super) fn forget_received(&mut self) {
        self.passing.retain(|frame| matches!(frame, Frame::StoodDown(_)));
    }

    /// Takes what is to be sent on this stream now: what was never sent, or not on it, or longer ago than `resend_after`.
    pub(super) fn take_due(
        &mut self,
        session: SessionId,
        now: BootInstant,
        resend_after: Duration,
    ) -> Vec<Frame> {
        let mut frames: Vec<Frame> = self.passing.drain(..).collect();
        for pending in self.outcomes.values_mut() {
            let is_due = match pending.sent {
                None => true,
                Some((on, at)) => on != session || now.since(at) >= resend_after,
            };
            if is_due {
                pending.sent = Some((session, now));
                frames.push(Frame::Outcome(pending.report.clone()));
            }
        }
        frames
    }

    /// Removes the outcome that the directory committed, or keeps as evidence.
    pub(super) fn remove_acknowledged(&mut self, recorded: &OutcomeRecorded) {
        self.outcomes
            .remove(&(canonical(&recorded.operation_id), recorded.attempt));
        self.acknowledged.notify_waiters();
    }

    /// Removes the outcomes of an operation that has ended without our report.
    pub(super) fn remove_operation(&mut self, operation: &str) {
        let operation = canonical(operation);
        self.outcomes.retain(|(id, _), _| *id != operation);
        self.acknowledged.notify_waiters();
    }

    /// Removes the outcomes of operations that the directory answered `Hello` with the end of.
    pub(super) fn apply_fates(&mut self, fates: &[OperationFate]) {
        for fate in fates {
            match fate.kind() {
                FateKind::OutcomeRecorded | FateKind::Closed => self.remove_operation(&fate.operation_id),
                FateKind::Unspecified | FateKind::Continue | FateKind::TakenOver | FateKind::NotKnown => {}
            }
        }
    }

    /// How many outcomes the directory has not acknowledged.
    pub(super) fn unacknowledged(&self) -> usize {
        self.outcomes.len()
    }

    /// Notifies its waiters whenever outcomes may have been removed.
    pub(super) fn acknowledged(&self) -> Arc<Notify> {
        Arc::clone(&self.acknowledged)
    }
}

fn canonical(id: &str) -> String {
    id.parse::<OperationId>()
        .map_or_else(|_| id.to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use groundwire_kit::clock::{Clock, ManualClock};
    use groundwire_proto::gateway::v1::{Received, StoodDown};
    use groundwire_proto::operation::v1::Outcome;
    use time::macros::datetime;

    use super::*;

    const RESEND: Duration = Duration::from_secs(5);
    const ID: &str = "0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001";

    fn outcome(attempt: u32) -> Frame {
        Frame::Outcome(OutcomeReport {
            operation_id: ID.to_owned(),
            outcome: Some(Outcome {
                attempt,
                ..Outcome::default()
            }),
            ..OutcomeReport::default()
        })
    }

    fn recorded(attempt: u32) -> OutcomeRecorded {
        OutcomeRecorded {
            operation_id: ID.to_uppercase(),
            attempt,
            ..OutcomeRecorded::default()
        }
    }

    #[test]
    fn an_outcome_is_sent_again_after_a_while_and_on_every_new_stream_until_recorded() {
        let clock = ManualClock::at(datetime!(2026-01-01 0:00 UTC));
        let mut outbox = Outbox::default();
        outbox.push(outcome(1));
        assert_eq!(outbox.take_due(1, clock.boot(), RESEND).len(), 1);
        assert_eq!(outbox.take_due(1, clock.boot(), RESEND).len(), 0);
        clock.advance(RESEND);
        assert_eq!(outbox.take_due(1, clock.boot(), RESEND).len(), 1);
        assert_eq!(outbox.take_due(2, clock.boot(), RESEND).len(), 1);
        outbox.remove_acknowledged(&recorded(2));
        assert_eq!(outbox.unacknowledged(), 1);
        outbox.remove_acknowledged(&recorded(1));
        assert_eq!(outbox.take_due(3, clock.boot(), RESEND), []);
    }

    #[test]
    fn hello_says_what_received_would_but_not_what_stood_down_would() {
        let clock = ManualClock::at(datetime!(2026-01-01 0:00 UTC));
        let mut outbox = Outbox::default();
        outbox.push(Frame::Received(Received::default()));
        outbox.push(Frame::StoodDown(StoodDown::default()));
        outbox.forget_received();
        assert_eq!(
            outbox.take_due(1, clock.boot(), RESEND),
            [Frame::StoodDown(StoodDown::default())]
        );
    }

    #[tokio::test]
    async fn every_removal_wakes_whoever_waits_for_acknowledgements() {
        let mut outbox = Outbox::default();
        let acknowledged = outbox.acknowledged();
        let fate = OperationFate {
            operation_id: ID.to_owned(),
            kind: FateKind::Closed.into(),
            ..OperationFate::default()
        };
        let removals: [&dyn Fn(&mut Outbox); 3] = [
            &|outbox| outbox.remove_acknowledged(&recorded(1)),
            &|outbox| outbox.remove_operation(ID),
            &|outbox| outbox.apply_fates(std::slice::from_ref(&fate)),
        ];
        for remove in removals {
            outbox.push(outcome(1));
            let waiting = acknowledged.notified();
            remove(&mut outbox);
            assert_eq!(outbox.unacknowledged(), 0);
            let woken = tokio::time::timeout(Duration::from_secs(5), waiting).await;
            assert!(woken.is_ok(), "nobody was woken");
        }
    }

    #[test]
    fn fates_end_what_the_directory_knows() {
        let mut outbox = Outbox::default();
        outbox.push(outcome(1));
        let fate = |kind: FateKind| OperationFate {
            operation_id: ID.to_owned(),
            kind: kind.into(),
            ..OperationFate::default()
        };
        outbox.apply_fates(&[fate(FateKind::Continue), fate(FateKind::TakenOver)]);
        assert_eq!(outbox.unacknowledged(), 1);
        outbox.apply_fates(&[fate(FateKind::OutcomeRecorded)]);
        assert_eq!(outbox.unacknowledged(), 0);
    }
}
