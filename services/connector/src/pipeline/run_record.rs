//! What a run records: its steps, upon the version of the stream that it knows, and its end.

use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::warn;

use super::run::{Finish, Next, Run};
use crate::ad::AdAnswer;
use crate::audit::operation::{End, Ended, MarkerSeen, Personal, StandDownCause, StoodDown};
use crate::audit::{AuditError, Entry, OperationEvent, RecordedEvidence};
use crate::domain::{Attempt, MarkerReading, MarkerState};

/// What is told of the answer at an end.
#[derive(Default)]
pub(super) struct Told<'a> {
    pub(super) answer: Option<&'a AdAnswer>,
    pub(super) applied: bool,
    pub(super) recovered: bool,
    pub(super) password_version: Option<u32>,
}

impl Run<'_> {
    pub(super) async fn stand_down(&mut self, to: Attempt) -> Next {
        let event = OperationEvent::StoodDown(StoodDown {
            attempt: self.operation.attempt.0,
            why: StandDownCause::TakenOver,
            found_attempt: to.0,
        });
        match self.record(event, Personal::default()).await {
            Ok(()) => Next::Finish(Finish::StoodDown(to)),
            Err(error) => self.unrecorded(error).await,
        }
    }

    /// Records an event of this operation; the stream must be where we left it.
    pub(super) async fn record(
        &mut self,
        event: OperationEvent,
        personal: Personal,
    ) -> Result<(), AuditError> {
        let entry = Entry {
            operation: self.operation.id,
            expected: self.version,
            event,
            metadata: self.operation.metadata.clone(),
            personal,
        };
        self.version = self.pipeline.audit.record(entry).await?.stream_version;
        Ok(())
    }

    /// Something of an operation that may be in doubt could not be recorded: nothing was done because of it.
    pub(super) async fn unrecorded(&mut self, error: AuditError) -> Next {
        match error {
            AuditError::Overtaken => self.read_back_unless_overtaken().await,
            AuditError::NotKnown => self.read_back().await,
            AuditError::Unavailable(_) | AuditError::Refused(_) => {
                warn!(operation = %self.operation.id, %error, "audit store did not record");
                self.hold(&Reason::new(ReasonCode::AuditStoreUnavailable)).await
            }
        }
    }

    /// The stream had moved on: reads whose the operation is. Ours only where nobody has fenced it or intended to write
    /// it meanwhile.
    pub(super) async fn read_back_unless_overtaken(&mut self) -> Next {
        let known = self.evidence;
        match self.read_back().await {
            Next::Again if self.evidence != known => Next::Finish(Finish::Overtaken),
            next @ (Next::Again | Next::Finish(_)) => next,
        }
    }

    /// Whether something was recorded is not known: reads the log until it answers.
    pub(super) async fn read_back(&mut self) -> Next {
        loop {
            match self.pipeline.audit.operation(self.operation.id).await {
                Ok(record) if record.attempt() == Some(self.operation.attempt) => {
                    self.version = record.version;
                    self.evidence = record.evidence;
                    let over =
                        record.ended.is_some() || record.closed.is_some() || record.stood_down.is_some();
                    return if over {
                        Next::Finish(Finish::Overtaken)
                    } else {
                        Next::Again
                    };
                }
                Ok(_) => return Next::Finish(Finish::Overtaken),
                Err(error) => {
                    warn!(operation = %self.operation.id, %error, "audit log cannot be read");
                    if let Next::Finish(finish) =
                        self.hold(&Reason::new(ReasonCode::AuditStoreUnavailable)).await
                    {
                        return Next::Finish(finish);
                    }
                }
            }
        }
    }

    pub(super) fn end(&self, end: End, reasons: Vec<Reason>, told: &Told<'_>) -> Next {
        let (ended, personal) = self.ended(end, reasons, told);
        Next::Finish(Finish::Ended(Box::new(ended), personal))
    }

    /// The record of an end.
    pub(super) fn ended(&self, end: End, reasons: Vec<Reason>, told: &Told<'_>) -> (Ended, Personal) {
        let operation = &self.operation;
        let mut warnings = if told.applied {
            self.warnings.clone()
        } else {
            Vec::new()
        };
        if told.applied && self.marker_alarmed {
            warnings.push(Reason::new(ReasonCode::MarkerForged));
        }
        let evidence = self.dc.as_ref().map(|dc| RecordedEvidence {
            dc: dc.name.clone(),
            invocation_id: dc.invocation_id,
            ldap_result: match told.answer {
                Some(answer) => Some(answer.ldap),
                None => (told.applied && !told.recovered).then_some(0),
            },
            ad_code: told
                .answer
                .and_then(|answer| answer.code)
                .map(|code| format!("{code:08X}")),
            password_version: told.password_version,
        });
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
            evidence,
            durations: self.durations.clone(),
            recovered: told.recovered,
            ended_at_ms: self.pipeline.clock.unix_ms(),
            trace_id: operation.trace_id.clone(),
        };
        let personal = Personal {
            distinguished_name: self.distinguished_name.clone(),
            ad_text: told
                .answer
                .map(|answer| answer.text.clone())
                .filter(|text| !text.is_empty()),
            ..operation.personal.clone()
        };
        (ended, personal)
    }
}

/// A marker as it is recorded, and what of it is not ours.
pub(super) fn marker_seen(marker: &MarkerReading, raw: Option<&[u8]>) -> (MarkerSeen, Personal) {
    const LONGEST: usize = 256;
    match marker {
        MarkerReading::Absent => (MarkerSeen::Absent, Personal::default()),
        MarkerReading::Valid(marker) => {
            let seen = MarkerSeen::Valid {
                state: match marker.state {
                    MarkerState::Written => 'W',
                    MarkerState::Fenced => 'F',
                },
                sequence: marker.sequence.0,
                operation: marker.operation,
                attempt: marker.attempt.0,
                fence_count: marker.fence_count.0,
            };
            (seen, Personal::default())
        }
        MarkerReading::Forged(_) => {
            let foreign = raw.map(|raw| hex::encode(raw.get(..LONGEST).unwrap_or(raw)));
            (
                MarkerSeen::Forged,
                Personal {
                    foreign_marker: foreign,
                    ..Personal::default()
                },
            )
        }
    }
}
