//! A connector's report: it becomes the outcome, once, or is kept as evidence, and is acknowledged only when that is
//! committed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_proto::gateway::v1::RecordedDisposition;
use groundwire_proto::time::micros;

use super::AccountTask;
use super::commit::{Committed, Decision};
use super::timings::record_span;
use crate::domain::{AccountEvent, AccountState, Command, EvidenceKept, Refusal, Stage, decide};
use crate::metrics::Alarm;
use crate::operations::error::CommitError;
use crate::operations::report::{Recorded, Report};
use crate::operations::units::Batch;

impl AccountTask {
    /// Records a report. Durable at return.
    pub(super) async fn report(&mut self, report: Report) -> Result<Recorded, CommitError> {
        self.replica.mark_behind_unless_known(report.operation);
        self.catch_up().await?;
        let deliver_us = self.deliver_us(&report);
        let command = self.command_of(&report, deliver_us);
        let clock = Arc::clone(&self.context.clock);
        let committed = self
            .commit(
                |state| match decide_report(state, &report, &command, clock.unix_us()) {
                    Ok(events) => Decision::Append(Batch {
                        actor: Some(format!("connector/{}", report.who.connector)),
                        ..Batch::of(events)
                    }),
                    Err(refusal) => Decision::Nothing(refusal),
                },
            )
            .await?;
        let (events, took) = match committed {
            Committed::Appended { events, took } => (events, took),
            Committed::Nothing(refusal) => return Ok(self.acknowledge_refused(&report, refusal)),
        };
        let mut durations_us = BTreeMap::new();
        let disposition = match kept(&events) {
            None => {
                durations_us.extend(deliver_us.map(|us| (Stage::Deliver, us)));
                self.note_end(&report, took);
                RecordedDisposition::Committed
            }
            Some(because) => {
                self.alarm_kept(&report, because);
                disposition_of(because)
            }
        };
        let afterwards_us = BTreeMap::from([(Stage::Commit, micros(took))]);
        self.show(&events, &afterwards_us);
        durations_us.extend(afterwards_us);
        Ok(Recorded {
            disposition,
            durations_us,
        })
    }

    /// The directory's round trip less the time at the connector.
    fn deliver_us(&self, report: &Report) -> Option<u64> {
        let sent_at = self.volatile.get(&report.operation)?.timings.sent_at?;
        let round_trip = report.arrived.since(sent_at);
        Some(micros(round_trip.saturating_sub(report.dwell?)))
    }

    fn command_of(&self, report: &Report, deliver_us: Option<u64>) -> Command {
        let volatile = self.volatile.get(&report.operation);
        let mut measured_us =
            volatile.map_or_else(BTreeMap::new, |volatile| volatile.timings.durations_us.clone());
        measured_us.extend(deliver_us.map(|us| (Stage::Deliver, us)));
        Command::RecordOutcome {
            operation: report.operation,
            connector: report.who.connector,
            outcome: Box::new(report.outcome.clone()),
            measured_us,
        }
    }

    /// What a connector is answered whose report changes nothing.
    fn acknowledge_refused(&self, report: &Report, refusal: Refusal) -> Recorded {
        let disposition = match refusal {
            Refusal::ReportedBefore { kept: None } => RecordedDisposition::Repeated,
            Refusal::ReportedBefore { kept: Some(because) } => disposition_of(because),
            // The others are no answers to a report.
            Refusal::NotKnown
            | Refusal::AlreadyRequested
            | Refusal::IdTaken
            | Refusal::Ended
            | Refusal::InFlight
            | Refusal::NotInFlight
            | Refusal::NoSuchAttempt
            | Refusal::NotItsTurn
            | Refusal::TimePassed
            | Refusal::NotYet => {
                let (connector, operation) = (report.who.connector, report.operation);
                tracing::error!(%connector, %operation, %refusal, "a report for an operation that is not known");
                self.context.metrics.alarm(Alarm::OperationNotKnown);
                RecordedDisposition::Conflicting
            }
        };
        Recorded::without_durations(disposition)
    }

    /// Notes the stages that are over now, and how long the DC took for the write.
    fn note_end(&self, report: &Report, commit: Duration) {
        let clock = &*self.context.clock;
        self.context.metrics.stage(Stage::Commit, commit);
        let Some(operation) = self.replica.state.operations.get(&report.operation) else {
            return;
        };
        if let Some(write_us) = report.outcome.durations_us.get(&Stage::Write) {
            let load = self.context.loads.of(self.tenant, operation.request.group);
            load.written(Duration::from_micros(*write_us), clock.boot());
        }
        let traceparent = operation.request.traceparent.as_deref();
        let volatile = self.volatile.get(&report.operation);
        if let Some(sent_at) = volatile.and_then(|volatile| volatile.timings.sent_at) {
            record_span(clock, traceparent, Stage::Deliver, clock.elapsed(sent_at));
        }
        record_span(clock, traceparent, Stage::Commit, commit);
    }

    fn alarm_kept(&self, report: &Report, because: EvidenceKept) {
        let (operation, connector) = (report.operation, report.who.connector);
        let (attempt, code) = (report.outcome.attempt, report.outcome.code.as_str());
        match because {
            EvidenceKept::TakenOver => {
                tracing::warn!(%operation, %connector, attempt, code, "a report of an attempt that was taken over is kept as evidence");
            }
            EvidenceKept::Conflicting => {
                tracing::error!(%operation, %connector, attempt, code, "a report contradicts the outcome that stands, kept as evidence");
                self.context.metrics.alarm(Alarm::OutcomeConflict);
            }
        }
    }
}

/// A connector speaks for the operations of its own group only.
fn decide_report(
    state: &AccountState,
    report: &Report,
    command: &Command,
    now_us: i64,
) -> Result<Vec<AccountEvent>, Refusal> {
    let operation = state.operations.get(&report.operation);
    if operation.is_none_or(|operation| operation.request.group != report.who.group) {
        return Err(Refusal::NotKnown);
    }
    decide(state, command.clone(), now_us)
}

/// Why the report that led to these events was only kept; `None`: it is the outcome.
fn kept(events: &[AccountEvent]) -> Option<EvidenceKept> {
    events.iter().find_map(|event| match event {
        AccountEvent::OutcomeKept(kept) => Some(kept.because),
        AccountEvent::Requested(_)
        | AccountEvent::Delivered(_)
        | AccountEvent::InDoubt(_)
        | AccountEvent::Ended(_)
        | AccountEvent::NotTaken(_)
        | AccountEvent::SequenceSkipped(_) => None,
    })
}

const fn disposition_of(because: EvidenceKept) -> RecordedDisposition {
    match because {
        EvidenceKept::Conflicting => RecordedDisposition::Conflicting,
        EvidenceKept::TakenOver => RecordedDisposition::TakenOver,
    }
}
