//! What connectors say: reports become outcomes, once, and are acknowledged only when they are committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_eventlog::AppendError;
use groundwire_kit::clock::BootInstant;
use groundwire_proto::gateway::v1::{
    CheckResult, FateKind, OpenOperation, OperationFate, OutcomeRecorded, OutcomeReport, RecordedDisposition,
};
use groundwire_proto::operation::v1::StageDuration;
use groundwire_proto::time::{duration_of, micros};
use tokio::sync::oneshot;

use super::account::{Account, Message, NotAppended, TRIES};
use super::port::{AttachedConnector, OperationsPort};
use super::{Operations, registry, stages};
use crate::domain::{Command, EvidenceKept, Judgement, OperationId, Outcome, Stage, decide, judge};
use crate::metrics::Alarm;
use crate::store::StoreError;

/// A connector's report, parsed.
pub(crate) struct Report {
    pub(super) who: AttachedConnector,
    pub(super) operation: OperationId,
    pub(super) outcome: Outcome,
    /// How long the connector had the operation.
    pub(super) dwell: Option<Duration>,
    /// When the report arrived.
    pub(super) arrived: BootInstant,
}

/// What became of a report.
pub(crate) struct Recorded {
    pub(super) disposition: RecordedDisposition,
    /// Durations that only the directory knows.
    pub(super) durations_us: BTreeMap<Stage, u64>,
}

impl Recorded {
    const fn without_durations(disposition: RecordedDisposition) -> Self {
        Self {
            disposition,
            durations_us: BTreeMap::new(),
        }
    }
}

impl OperationsPort for Operations {
    fn connector_attached<'a>(
        &'a self,
        who: &'a AttachedConnector,
        open: Vec<OpenOperation>,
    ) -> BoxFuture<'a, Result<Vec<OperationFate>, StoreError>> {
        Box::pin(async move {
            let mut fates = Vec::with_capacity(open.len());
            let mut listed = HashMap::new();
            for operation in &open {
                if let Ok(id) = operation.operation_id.parse() {
                    let latest = listed.entry(id).or_insert(operation.attempt);
                    *latest = operation.attempt.max(*latest);
                }
                fates.push(self.fate(who, operation).await?);
            }
            let listed = Arc::new(listed);
            for task in registry::of_tenant(&self.0, who.tenant) {
                let _only_while_stopping = task.send(Message::Attached(*who, Arc::clone(&listed))).await;
            }
            Ok(fates)
        })
    }

    fn connector_ready<'a>(&'a self, who: &'a AttachedConnector) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for task in registry::of_tenant(&self.0, who.tenant) {
                let _only_while_stopping = task.send(Message::Wake).await;
            }
        })
    }

    fn outcome_reported<'a>(
        &'a self,
        who: &'a AttachedConnector,
        report: OutcomeReport,
    ) -> BoxFuture<'a, Result<OutcomeRecorded, StoreError>> {
        Box::pin(self.record_outcome(who, report))
    }

    fn check_result<'a>(&'a self, who: &'a AttachedConnector, result: CheckResult) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.0.checks.answered(who, result) })
    }
}

impl Operations {
    async fn fate(&self, who: &AttachedConnector, open: &OpenOperation) -> Result<OperationFate, StoreError> {
        let not_known = || OperationFate {
            operation_id: open.operation_id.clone(),
            kind: FateKind::NotKnown as i32,
            attempt: 0,
            outcome: 0,
        };
        let Ok(id) = open.operation_id.parse::<OperationId>() else {
            return Ok(not_known());
        };
        let Some(anchor) = registry::account_of(&self.0, who.tenant, id).await? else {
            tracing::error!(connector = %who.connector, operation = %id, "a connector has an operation that is not known");
            self.0.metrics.alarm(Alarm::OperationNotKnown);
            return Ok(not_known());
        };
        let (answer, answered) = oneshot::channel();
        registry::send(
            &self.0,
            who.tenant,
            anchor,
            Message::Fate(*who, id, open.attempt, answer),
        )
        .await?;
        answered.await.map_err(|_| StoreError::Stopping)?
    }

    async fn record_outcome(
        &self,
        who: &AttachedConnector,
        report: OutcomeReport,
    ) -> Result<OutcomeRecorded, StoreError> {
        let arrived = self.0.clock.boot();
        let attempt = report.outcome.as_ref().map_or(0, |outcome| outcome.attempt);
        let answer = |recorded: Recorded| OutcomeRecorded {
            operation_id: report.operation_id.clone(),
            attempt,
            disposition: recorded.disposition as i32,
            durations: recorded
                .durations_us
                .into_iter()
                .map(|(stage, us)| StageDuration::new(stage, Duration::from_micros(us)))
                .collect(),
            // Delivery knows the log's head and fills it in.
            directory_head: None,
        };
        let id = report.operation_id.parse::<OperationId>().ok();
        let told = report
            .outcome
            .clone()
            .and_then(|told| Outcome::from_report(told, self.0.clock.unix_us()));
        let anchor = match id {
            Some(id) => registry::account_of(&self.0, who.tenant, id).await?,
            None => None,
        };
        let (Some(id), Some(outcome), Some(anchor)) = (id, told, anchor) else {
            tracing::error!(connector = %who.connector, "a report for an operation that is not known, or that says nothing");
            self.0.metrics.alarm(Alarm::OperationNotKnown);
            return Ok(answer(Recorded::without_durations(
                RecordedDisposition::Conflicting,
            )));
        };
        let dwell = report.dwell.as_ref().and_then(duration_of);
        let parsed = Report {
            who: *who,
            operation: id,
            outcome,
            dwell,
            arrived,
        };
        let (done, recorded) = oneshot::channel();
        registry::send(
            &self.0,
            who.tenant,
            anchor,
            Message::Report(Box::new(parsed), done),
        )
        .await?;
        Ok(answer(recorded.await.map_err(|_| StoreError::Stopping)??))
    }
}

impl Account {
    /// Records a report. Durable at return.
    pub(super) async fn report(&mut self, report: Report) -> Result<Recorded, StoreError> {
        let id = report.operation;
        // What is not known here may have been appended by another process.
        self.folded &= self.state.operations.contains_key(&id);
        for _ in 0..TRIES {
            self.fold().await?;
            let group = self
                .state
                .operations
                .get(&id)
                .map(|operation| operation.request.group);
            let judgement = match group {
                Some(group) if group == report.who.group => judge(&self.state, id, &report.outcome),
                Some(_) | None => Judgement::NotKnown,
            };
            let disposition = match judgement {
                Judgement::Commit => RecordedDisposition::Committed,
                Judgement::Repeated => {
                    return Ok(Recorded::without_durations(RecordedDisposition::Repeated));
                }
                Judgement::NotKnown => {
                    tracing::error!(connector = %report.who.connector, operation = %id, "a report for an operation that is not known");
                    self.context.metrics.alarm(Alarm::OperationNotKnown);
                    return Ok(Recorded::without_durations(RecordedDisposition::Conflicting));
                }
                Judgement::Kept { because, known: true } => {
                    return Ok(Recorded::without_durations(disposition_of(because)));
                }
                Judgement::Kept {
                    because,
                    known: false,
                } => disposition_of(because),
            };
            let commits = disposition == RecordedDisposition::Committed;
            let (outcome, durations_us) = if commits {
                self.with_durations(&report)
            } else {
                (report.outcome.clone(), BTreeMap::new())
            };
            let write = outcome.durations_us.get(&Stage::Write).copied();
            let command = Command::RecordOutcome {
                operation: id,
                connector: report.who.connector,
                outcome: Box::new(outcome),
            };
            let Ok(events) = decide(&self.state, command, self.context.clock.unix_us()) else {
                continue;
            };
            let actor = Some(format!("connector/{}", report.who.connector));
            match self.append(&events, None, actor).await {
                Ok(commit) => {
                    if commits {
                        self.ended_by_report(&report, commit, write);
                    } else {
                        self.alarm(&report, disposition);
                    }
                    let afterwards = BTreeMap::from([(Stage::Commit, micros(commit))]);
                    self.show(&events, &afterwards);
                    let durations_us = durations_us.into_iter().chain(afterwards).collect();
                    return Ok(Recorded {
                        disposition,
                        durations_us,
                    });
                }
                Err(NotAppended::Stale | NotAppended::IdTaken) => {}
                Err(NotAppended::Failed(error)) => return Err(error),
            }
        }
        Err(StoreError::Append(AppendError::VersionConflict {
            actual: self.version,
        }))
    }

    /// The outcome with the stages that the directory measured, and those alone.
    fn with_durations(&self, report: &Report) -> (Outcome, BTreeMap<Stage, u64>) {
        let mut outcome = report.outcome.clone();
        let mut deliver = BTreeMap::new();
        if let Some(live) = self.live.get(&report.operation) {
            outcome
                .durations_us
                .extend(live.durations_us.iter().map(|(stage, us)| (*stage, *us)));
            if let (Some(sent_at), Some(dwell)) = (live.sent_at, report.dwell) {
                let round_trip = report.arrived.since(sent_at);
                deliver.insert(Stage::Deliver, micros(round_trip.saturating_sub(dwell)));
            }
        }
        outcome
            .durations_us
            .extend(deliver.iter().map(|(stage, us)| (*stage, *us)));
        (outcome, deliver)
    }

    fn ended_by_report(&self, report: &Report, commit: Duration, write_us: Option<u64>) {
        let clock = &*self.context.clock;
        self.context.metrics.stage(Stage::Commit, commit);
        let Some(operation) = self.state.operations.get(&report.operation) else {
            return;
        };
        if let Some(write) = write_us {
            let load = self.context.loads.of(self.tenant, operation.request.group);
            load.written(Duration::from_micros(write), clock.boot());
        }
        let traceparent = operation.request.traceparent.as_deref();
        if let Some(sent_at) = self.live.get(&report.operation).and_then(|live| live.sent_at) {
            stages::span(clock, traceparent, Stage::Deliver, clock.elapsed(sent_at));
        }
        stages::span(clock, traceparent, Stage::Commit, commit);
    }

    fn alarm(&self, report: &Report, disposition: RecordedDisposition) {
        let (operation, connector) = (report.operation, report.who.connector);
        let (attempt, code) = (report.outcome.attempt, report.outcome.code.as_str());
        if disposition == RecordedDisposition::TakenOver {
            tracing::warn!(%operation, %connector, attempt, code, "a report of an attempt that was taken over is kept as evidence");
        } else {
            tracing::error!(%operation, %connector, attempt, code, "a report contradicts the outcome that stands, kept as evidence");
            self.context.metrics.alarm(Alarm::OutcomeConflict);
        }
    }
}

const fn disposition_of(because: EvidenceKept) -> RecordedDisposition {
    match because {
        EvidenceKept::Conflicting => RecordedDisposition::Conflicting,
        EvidenceKept::TakenOver => RecordedDisposition::TakenOver,
    }
}
