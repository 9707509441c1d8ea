//! Receives an event: verifies it, records its receipt, and answers from the log where the log knows the answer.

use std::time::Duration;

use groundwire_eventlog::StreamVersion;
use groundwire_kit::clock::BootInstant;
use groundwire_proto::gateway::v1::{PasswordEvent, Received};
use groundwire_proto::reasons::{Reason, ReasonCode};
use tokio::sync::watch;
use tracing::{Instrument, info, info_span, warn};

use super::at_work::Admission;
use super::operation::Operation;
use super::run::Run;
use super::secret::{SealedFor, SecretInHand, open_secret};
use super::shared::Shared;
use super::sink::Upward;
use super::verified_event::{VerifiedEvent, verify_event};
use crate::audit::connector_events::EventRefused;
use crate::audit::operation::End;
use crate::audit::{AuditError, ConnectorEvent, Entry, OperationEvent, OperationRecord};
use crate::domain::{Attempt, OperationId, Stage};

/// First pause before an append to a store that is away is tried again.
const STORE_PAUSE: Duration = Duration::from_millis(250);
/// An event waits for its account at least so long, even if it expires before.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// Carries out an event: to its end, or until somebody else has the operation.
pub(super) async fn handle_event(pipeline: &Shared, event: PasswordEvent) {
    let arrived = pipeline.clock().boot();
    let event = match verify_event(event, &pipeline.parts.group, pipeline.clock()) {
        Ok(event) => event,
        Err(error) => {
            warn!(%error, "event refused");
            record_refusal(pipeline, error.reason(), error.as_str(), None).await;
            return;
        }
    };
    let span = info_span!(
        "operation",
        operation_id = %event.operation.id,
        kind = event.operation.kind.as_str(),
        attempt = event.operation.attempt.0
    );
    if let Some(parent) = event.operation.trace_parent() {
        parent.set_as_parent_of(&span);
    }
    Box::pin(carry_out(pipeline, event, arrived).instrument(span)).await;
}

async fn carry_out(pipeline: &Shared, event: VerifiedEvent, arrived: BootInstant) {
    let operation = &event.operation;
    let slot = match pipeline
        .at_work
        .enter(operation.id, operation.attempt, &event.content_digest)
    {
        Admission::Admitted(slot) => slot,
        Admission::AlreadyHere { attempt, digest } => {
            if attempt == operation.attempt && digest != event.content_digest {
                refuse_replay(pipeline, operation, "other_content").await;
            }
            info!("event is at work already");
            return;
        }
    };
    let wait_timeout = operation.expiry.left(pipeline.clock()).max(SHORTEST_WAIT);
    let account = pipeline.at_work.lock(operation.anchor);
    let Ok(_account) = tokio::time::timeout(wait_timeout, account).await else {
        warn!("the account is held by another operation, event left unanswered");
        return;
    };
    let is_first = operation.attempt <= Attempt::FIRST;
    let handler = EventHandler {
        pipeline,
        secret: info_span!("open").in_scope(|| open(pipeline, &event)),
        event,
        arrived,
        yield_requested: slot.yield_requested(),
    };
    if is_first {
        handler.handle_first_attempt().await;
    } else {
        handler.answer_from_log().await;
    }
}

fn open(pipeline: &Shared, event: &VerifiedEvent) -> SecretInHand {
    match event.operation.kind.sealed_kind() {
        None => SecretInHand::NotNeeded,
        Some(kind) => {
            let purpose = SealedFor {
                anchor: event.operation.anchor,
                id: event.operation.id.uuid(),
                kind,
            };
            let parts = &pipeline.parts;
            open_secret(&parts.keys, &parts.group, event.secret.as_ref(), &purpose)
        }
    }
}

/// One event that has its slot and its account. No `Debug`: it holds the secret.
struct EventHandler<'p> {
    pipeline: &'p Shared,
    event: VerifiedEvent,
    secret: SecretInHand,
    arrived: BootInstant,
    yield_requested: watch::Receiver<bool>,
}

impl<'p> EventHandler<'p> {
    /// The receipt's commit and the read of the account overlap; nothing is decided before both are there.
    async fn handle_first_attempt(self) {
        let (clock, arrived) = (self.pipeline.clock(), self.arrived);
        let opened = clock.boot();
        let early = self.judge_before_reading();
        let receipt = self.record_receipt().instrument(info_span!("receipt"));
        let reading = async {
            if early.is_some() {
                return (None, opened);
            }
            let operation = &self.event.operation;
            let account = self
                .pipeline
                .parts
                .ad
                .read_account(operation.anchor, &operation.named_by);
            let reading = account.instrument(info_span!("resolve")).await;
            (Some(reading), clock.boot())
        };
        let ((receipt, recorded), (reading, resolved)) = tokio::join!(receipt, reading);
        let version = match receipt {
            Ok(version) => version,
            Err(AuditError::Overtaken | AuditError::NotKnown) => return self.answer_from_log().await,
            Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
                warn!(%error, "receipt was not recorded, the operation is not carried out");
                return self.report_store_away().await;
            }
        };
        let record = OperationRecord {
            version,
            ..OperationRecord::new(self.event.operation.id)
        };
        let mut run = self.into_run(&record);
        let waited = if early.is_some() { opened } else { resolved };
        run.add_duration(Stage::Open, opened.since(arrived) + recorded.since(waited));
        if reading.is_some() {
            run.add_duration(Stage::Resolve, resolved.since(opened));
        }
        let finish = match early {
            Some((end, reasons)) => run.end(end, reasons),
            None => run.drive(reading).await,
        };
        run.finish(finish).await;
    }

    /// The log may know this operation: what it says goes first.
    async fn answer_from_log(self) {
        let Some(record) = self.read_received().await else {
            return;
        };
        if record.ended.is_some() {
            info!("answered from the log");
            return self.pipeline.report_recorded_end(&record).await;
        }
        if let Some(stood_down) = &record.stood_down {
            return self.send_stood_down(Attempt(stood_down.found_attempt)).await;
        }
        let opened = self.pipeline.clock().elapsed(self.arrived);
        let mut run = self.into_run(&record);
        run.add_duration(Stage::Open, opened);
        let finish = run.drive(None).await;
        run.finish(finish).await;
    }

    fn into_run(self, record: &OperationRecord) -> Run<'p> {
        Run::new(
            self.pipeline,
            self.event.operation,
            self.secret,
            record,
            self.arrived,
            self.yield_requested,
        )
    }

    /// The operation as the log has it once this attempt's receipt is in; `None` if it is not carried out (any more).
    async fn read_received(&self) -> Option<OperationRecord> {
        let operation = &self.event.operation;
        loop {
            let record = match self.pipeline.parts.audit.operation(operation.id).await {
                Ok(record) => record,
                Err(error) => {
                    self.wait_for_store(&error).await?;
                    continue;
                }
            };
            match Standing::of(&self.event, &record) {
                Standing::Refuse(difference) => {
                    refuse_replay(self.pipeline, operation, difference).await;
                    return None;
                }
                Standing::Late(latest) => {
                    self.send_stood_down(latest).await;
                    return None;
                }
                Standing::Known => {
                    self.acknowledge_receipt().await;
                    return Some(record);
                }
                Standing::New => {}
            }
            match self.append_receipt(record.version).await {
                Ok(_) | Err(AuditError::Overtaken | AuditError::NotKnown) => {}
                Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
                    self.wait_for_store(&error).await?;
                }
            }
        }
    }

    /// Waits a while for the store; `None` once the operation has expired: then it was not received.
    async fn wait_for_store(&self, error: &AuditError) -> Option<()> {
        let operation = &self.event.operation;
        warn!(operation = %operation.id, %error, "audit store is not available");
        if operation.expiry.has_passed(self.pipeline.clock()) {
            return None;
        }
        tokio::time::sleep(STORE_PAUSE).await;
        Some(())
    }

    /// Records the receipt of an operation that the log does not know yet, and reports it to the directory. Also returns
    /// when it was durable.
    async fn record_receipt(&self) -> (Result<StreamVersion, AuditError>, BootInstant) {
        let receipt = self.append_receipt(StreamVersion::ZERO).await;
        if receipt.is_ok() {
            self.acknowledge_receipt().await;
        }
        (receipt, self.pipeline.clock().boot())
    }

    async fn append_receipt(&self, expected: StreamVersion) -> Result<StreamVersion, AuditError> {
        let operation = &self.event.operation;
        let entry = Entry {
            operation: operation.id,
            expected,
            event: OperationEvent::Received(operation.received(&self.event.content_digest)),
            metadata: operation.metadata.clone(),
            personal: operation.personal.clone(),
        };
        Ok(self.pipeline.parts.audit.record(entry).await?.stream_version)
    }

    async fn acknowledge_receipt(&self) {
        let audit = &self.pipeline.parts.audit;
        // Nobody waits for the head to be read: frames carry the last that was seen.
        audit.refresh_head();
        let received = Received {
            operation_id: self.event.operation.id.to_string(),
            attempt: self.event.operation.attempt.0,
            audit_head: audit.head_seen().map(Into::into),
        };
        self.pipeline.send_up(Upward::Received(received)).await;
    }

    async fn send_stood_down(&self, found: Attempt) {
        let operation = &self.event.operation;
        self.pipeline
            .send_stood_down(operation.id, operation.attempt, found)
            .await;
    }

    /// How a first attempt ends without a look at its account, if it does: where the clock cannot be trusted, or the
    /// operation has expired.
    fn judge_before_reading(&self) -> Option<(End, Vec<Reason>)> {
        let clock = self.pipeline.clock();
        let tolerance = self.pipeline.parts.limits.clock_tolerance;
        let tolerance = i64::try_from(tolerance.as_millis()).unwrap_or(i64::MAX);
        let measured = self.pipeline.clock_offset_ms();
        let signed_ahead = self
            .event
            .signed_at_ms
            .map_or(0, |signed| signed.saturating_sub(clock.unix_ms()));
        let offset = if measured.abs() >= signed_ahead {
            measured
        } else {
            signed_ahead
        };
        if offset.abs() > tolerance {
            let reason = Reason::new(ReasonCode::ClockUntrusted).with("offset_seconds", offset / 1_000);
            return Some((End::Failed, vec![reason]));
        }
        self.event.operation.expiry.has_passed(clock).then(|| {
            (
                End::Expired,
                vec![Reason::new(ReasonCode::RequestExpired).with("stage", "open")],
            )
        })
    }

    /// The store is away and nothing was recorded: the operation was not received here, and ends at the directory.
    async fn report_store_away(self) {
        let record = OperationRecord::new(self.event.operation.id);
        let run = self.into_run(&record);
        let reasons = vec![Reason::new(ReasonCode::AuditStoreUnavailable)];
        run.report_unrecorded_end(End::Failed, reasons).await;
    }
}

async fn refuse_replay(pipeline: &Shared, operation: &Operation, difference: &'static str) {
    warn!(
        what = difference,
        "event refused: it was received before in another form"
    );
    let of = Some((operation.id, operation.attempt));
    record_refusal(pipeline, Reason::new(ReasonCode::Replayed), difference, of).await;
}

async fn record_refusal(
    pipeline: &Shared,
    reason: Reason,
    what: &'static str,
    of: Option<(OperationId, Attempt)>,
) {
    pipeline.parts.observer.observe_alarm(reason.code());
    let refused = ConnectorEvent::EventRefused(EventRefused {
        reason,
        what: what.into(),
        operation: of.map(|(operation, _)| operation),
        attempt: of.map(|(_, attempt)| attempt.0),
    });
    pipeline.note(&refused).await;
}

/// How an event stands to what the log says of its operation.
enum Standing {
    /// It is the next attempt (or the first).
    New,
    /// It was received before, exactly so.
    Known,
    /// It is older than the latest attempt.
    Late(Attempt),
    /// It says something else than before, or the operation is over.
    Refuse(&'static str),
}

impl Standing {
    fn of(event: &VerifiedEvent, record: &OperationRecord) -> Self {
        let operation = &event.operation;
        if let Some(digest) = record.digest_of(operation.attempt) {
            if digest != event.content_digest {
                return Self::Refuse("other_content");
            }
            return match record.attempt() {
                Some(latest) if latest > operation.attempt => Self::Late(latest),
                Some(_) | None if record.closed.is_some() => Self::Refuse("closed"),
                Some(_) | None => Self::Known,
            };
        }
        match (&record.received, record.attempt()) {
            (Some(received), _) if !operation.agrees_with(received) => Self::Refuse("other_operation"),
            (_, Some(latest)) if latest > operation.attempt => Self::Late(latest),
            _ if record.closed.is_some() => Self::Refuse("closed"),
            _ => Self::New,
        }
    }
}
