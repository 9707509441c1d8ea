//! The end of a run: what is recorded of it, and how it is recorded and reported.

use std::time::Duration;

use groundwire_kit::telemetry::trace_context::TraceParent;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, Span, info, info_span, warn};

use super::{Finish, Next, RecordedFacts, Run};
use crate::audit::operation::{End, Ended, RecordedEvidence};
use crate::audit::{AuditError, OperationEvent, OperationRecord, Personal};
use crate::domain::OperationKind;
use crate::pipeline::crash_point::CrashPoint;
use crate::pipeline::report::outcome_report;
use crate::pipeline::secret::SecretInHand;
use crate::pipeline::sink::Upward;
use crate::pipeline::unacknowledged::UnacknowledgedOutcome;

impl Run<'_> {
    /// Ends it for these reasons, where nothing was written.
    pub(in crate::pipeline) fn end(&self, end: End, reasons: Vec<Reason>) -> Finish {
        self.end_with(end, reasons, &RecordedFacts::default())
    }

    pub(super) fn end_with(&self, end: End, reasons: Vec<Reason>, facts: &RecordedFacts<'_>) -> Finish {
        let (ended, personal) = self.make_record(end, reasons, facts);
        Finish::Ended(Box::new(ended), personal)
    }

    /// The record of an end, and its erasable part.
    pub(super) fn make_record(
        &self,
        end: End,
        reasons: Vec<Reason>,
        facts: &RecordedFacts<'_>,
    ) -> (Ended, Personal) {
        let operation = &self.operation;
        let mut warnings = Vec::new();
        if facts.applied {
            warnings.clone_from(&self.warnings);
            warnings.extend(self.marker_alarmed.then(|| Reason::new(ReasonCode::MarkerForged)));
        }
        let ended = Ended {
            end,
            attempt: operation.attempt.0,
            anchor: operation.anchor,
            kind: operation.kind,
            sequence: operation.sequence.0,
            role: operation.role.clone(),
            proof: operation.proof,
            reasons,
            warnings,
            evidence: self.make_evidence(facts),
            durations: self.durations.clone(),
            recovered: facts.recovered,
            cleared_tries: facts.applied && self.cleared_tries,
            unanswered_try: self.may_have_been_counted(end, facts),
            ended_at_ms: self.pipeline.clock().unix_ms(),
            trace_id: operation.trace_id.clone(),
        };
        let personal = Personal {
            distinguished_name: self.distinguished_name.clone(),
            ad_text: facts
                .answer
                .map(|answer| answer.text.clone())
                .filter(|text| !text.is_empty()),
            ..operation.personal.clone()
        };
        (ended, personal)
    }

    /// Whether a change was sent that may have cost a wrong try, without an answer that says so or rules it out. What a
    /// process that died intended counts as sent.
    fn may_have_been_counted(&self, end: End, facts: &RecordedFacts<'_>) -> bool {
        let is_open = end != End::Applied && facts.answer.is_none();
        let was_sent = self.sent.before || self.sent.unanswered;
        self.operation.kind == OperationKind::Change && is_open && was_sent
    }

    fn make_evidence(&self, facts: &RecordedFacts<'_>) -> Option<RecordedEvidence> {
        let dc = self.dc.as_ref()?;
        let code = facts.answer.and_then(|answer| answer.code);
        Some(RecordedEvidence {
            dc: dc.name.clone(),
            invocation_id: dc.invocation_id,
            ldap_result: match facts.answer {
                Some(answer) => Some(answer.ldap),
                None => (facts.applied && !facts.recovered).then_some(0),
            },
            ad_code: code.map(|code| format!("{code:08X}")),
            password_version: facts.password_version,
        })
    }

    /// Records and reports how the run is over.
    pub(in crate::pipeline) async fn finish(&mut self, finish: Finish) {
        // Nothing is sent any more, and recording the end may take as long as the store is away.
        self.secret = SecretInHand::gone(self.operation.kind);
        match finish {
            Finish::Ended(ended, personal) => {
                if let Some(took) = self.record_end(&ended, personal).await {
                    let crash_points = &self.pipeline.parts.crash_points;
                    crash_points.reached(CrashPoint::AfterOutcome).await;
                    self.report_end(&ended, Some(took)).await;
                }
            }
            Finish::EndedWithoutStore(ended, personal) => {
                // Nothing was sent and nothing will be: the caller need not wait for the store.
                self.report_end(&ended, None).await;
                self.record_end(&ended, personal).await;
            }
            Finish::StoodDown(to) => {
                let (operation, attempt) = (self.operation.id, self.operation.attempt);
                self.pipeline.send_stood_down(operation, attempt, to).await;
            }
            Finish::Overtaken => self.log_overtaken(),
        }
    }

    /// Reports an end that is not recorded: the store is away, and the operation was not received here.
    pub(in crate::pipeline) async fn report_unrecorded_end(&self, end: End, reasons: Vec<Reason>) {
        let (ended, _personal) = self.make_record(end, reasons, &RecordedFacts::default());
        self.pipeline.parts.observer.observe_end(&ended);
        self.report_end(&ended, None).await;
    }

    /// Records an end; tries for as long as it takes, unless somebody else has the operation. Returns how long it took.
    async fn record_end(&mut self, ended: &Ended, personal: Personal) -> Option<Duration> {
        let pipeline = self.pipeline;
        let (observer, id) = (&pipeline.parts.observer, self.operation.id);
        let event = OperationEvent::Ended(Box::new(ended.clone()));
        loop {
            let start = pipeline.clock().boot();
            let recording = self.record(event.clone(), personal.clone());
            let error = match recording.instrument(info_span!("record")).await {
                Ok(()) => {
                    let took = pipeline.clock().elapsed(start);
                    self.await_acknowledgement(took);
                    observer.observe_end(ended);
                    observer.observe_record(took);
                    return Some(took);
                }
                Err(error) => error,
            };
            match error {
                AuditError::Overtaken | AuditError::NotKnown => {
                    match pipeline.parts.audit.operation(id).await {
                        Ok(record) if record.ended.as_ref() == Some(ended) => {
                            self.version = record.version;
                            let took = pipeline.clock().elapsed(start);
                            self.await_acknowledgement(took);
                            observer.observe_end(ended);
                            return Some(took);
                        }
                        Ok(record) if self.is_still_ours(&record) => self.version = record.version,
                        Ok(_) => {
                            self.log_overtaken();
                            return None;
                        }
                        Err(error) => warn!(operation = %id, %error, "audit log cannot be read"),
                    }
                }
                error @ (AuditError::Unavailable(_) | AuditError::Refused(_)) => {
                    warn!(operation = %id, %error, "outcome is not recorded yet");
                }
            }
            if let Next::Finish(_) = self.pause().await {
                return None;
            }
        }
    }

    fn await_acknowledgement(&self, record_took: Duration) {
        let outcome = UnacknowledgedOutcome {
            version: self.version,
            attempt: self.operation.attempt,
            record_took,
            recorded_at: self.pipeline.clock().boot(),
            recorded_at_wall: self.pipeline.clock().now(),
            parent: TraceParent::of(&Span::current()),
            metadata: self.operation.metadata.clone(),
        };
        self.pipeline.unacknowledged.insert(self.operation.id, outcome);
    }

    async fn report_end(&self, ended: &Ended, record_took: Option<Duration>) {
        let dwell = self.pipeline.clock().elapsed(self.began);
        let report = outcome_report(
            self.operation.id,
            ended,
            self.operation.attempt,
            record_took,
            self.pipeline.parts.audit.head_seen(),
            Some(dwell),
        );
        self.pipeline.send_up(Upward::Outcome(Box::new(report))).await;
    }

    /// Whether nobody but us has gone on with the operation.
    fn is_still_ours(&self, record: &OperationRecord) -> bool {
        record.attempt() == Some(self.operation.attempt) && !record.is_over()
    }

    fn log_overtaken(&self) {
        info!(operation = %self.operation.id, "somebody else has the operation, left to them");
    }
}
