//! Receives an event: verifies it, records its receipt, and answers from the log where the log knows the answer. What is
//! not begun is answered, too, and at once: with `NotTaken`, after which it never is begun.

use std::time::Duration;

use groundwire_eventlog::StreamVersion;
use groundwire_kit::clock::BootInstant;
use groundwire_proto::gateway::v1::{NotTakenCause, PasswordEvent, Received};
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info, info_span, warn};

use super::at_work::Slot;
use super::not_taken::{
    SHORT_WAIT, answer_unverified, enter, named_in, record_refusal, refuse_replay, send_not_taken,
};
use super::run::Run;
use super::secret::{SealedFor, SecretInHand, open_secret};
use super::shared::Shared;
use super::sink::Upward;
use super::verified_event::{VerifiedEvent, verify_event};
use crate::audit::operation::End;
use crate::audit::{AuditError, Entry, OperationEvent, OperationRecord};
use crate::domain::{Attempt, Stage};

/// First pause before an append to a store that is away is tried again.
const STORE_PAUSE: Duration = Duration::from_millis(250);
/// Carries out an event: to its end, or until somebody else has the operation.
pub(super) async fn handle_event(pipeline: &Shared, event: PasswordEvent) {
    let arrived = pipeline.clock().boot();
    let named = named_in(&event);
    let event = match verify_event(event, &pipeline.parts.group, pipeline.clock()) {
        Ok(event) => event,
        Err(error) => {
            warn!(%error, "event refused");
            if let Some((operation, attempt)) = named {
                answer_unverified(pipeline, operation, attempt, error.cause()).await;
            }
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
    let Some(slot) = enter(pipeline, &event).await else {
        return;
    };
    let account = pipeline.at_work.lock(operation.anchor);
    let Ok(_account) = tokio::time::timeout(SHORT_WAIT, account).await else {
        slot.refuse(NotTakenCause::AccountHeld);
        return send_not_taken(
            pipeline,
            operation.id,
            operation.attempt,
            NotTakenCause::AccountHeld,
        )
        .await;
    };
    let is_first = operation.attempt <= Attempt::FIRST;
    let handler = EventHandler {
        pipeline,
        secret: info_span!("open").in_scope(|| open(pipeline, &event)),
        signed_ahead_ms: event
            .signed_at_ms
            .map_or(0, |signed| signed.saturating_sub(pipeline.clock().unix_ms())),
        event,
        arrived,
        slot: &slot,
    };
    if is_first {
        handler.handle_first_attempt().await;
    } else {
        handler.answer_from_log(false).await;
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
    /// How far the directory's clock was ahead of ours at least, as the event's signature shows.
    signed_ahead_ms: i64,
    arrived: BootInstant,
    slot: &'p Slot,
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
            Err(AuditError::Overtaken) => return self.answer_from_log(false).await,
            Err(AuditError::NotKnown) => return self.answer_from_log(true).await,
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

    /// The log may know this operation: what it says goes first. `may_be_recorded`: whether this attempt's receipt was
    /// recorded is not known.
    async fn answer_from_log(self, may_be_recorded: bool) {
        let Some(record) = self.read_received(may_be_recorded).await else {
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
            self.slot.yield_requested(),
        )
        .signed_ahead(self.signed_ahead_ms)
    }

    /// The operation as the log has it once this attempt's receipt is in; `None` if it is not carried out (any more).
    async fn read_received(&self, mut may_be_recorded: bool) -> Option<OperationRecord> {
        let operation = &self.event.operation;
        loop {
            let record = match self.pipeline.parts.audit.operation(operation.id).await {
                Ok(record) => record,
                Err(error) => {
                    self.wait_for_store(&error, may_be_recorded).await?;
                    continue;
                }
            };
            match Standing::of(&self.event, &record) {
                Standing::Refuse { difference, is_new } => {
                    if is_new {
                        self.not_taken(NotTakenCause::ContradictsLog).await;
                    }
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
                Ok(_) | Err(AuditError::Overtaken) => {}
                Err(AuditError::NotKnown) => may_be_recorded = true,
                Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
                    self.wait_for_store(&error, may_be_recorded).await?;
                }
            }
        }
    }

    /// The store does not answer. Where this attempt is certainly not recorded, it is not taken. Otherwise nothing true can
    /// be said of it before the store answers; `None` once the operation has expired: it is delivered again.
    async fn wait_for_store(&self, error: &AuditError, may_be_recorded: bool) -> Option<()> {
        let operation = &self.event.operation;
        warn!(operation = %operation.id, %error, "audit store is not available");
        if !may_be_recorded {
            self.not_taken(NotTakenCause::StoreUnavailable).await;
            return None;
        }
        if operation.expiry.has_passed(self.pipeline.clock()) {
            return None;
        }
        tokio::time::sleep(STORE_PAUSE).await;
        Some(())
    }

    /// This attempt is not recorded as received, and never will be.
    async fn not_taken(&self, cause: NotTakenCause) {
        let operation = &self.event.operation;
        self.slot.refuse(cause);
        send_not_taken(self.pipeline, operation.id, operation.attempt, cause).await;
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
        if let Some(untrusted) = self.pipeline.judge_clock(self.signed_ahead_ms) {
            return Some((End::Failed, vec![untrusted]));
        }
        let clock = self.pipeline.clock();
        self.event.operation.expiry.has_passed(clock).then(|| {
            (
                End::Expired,
                vec![Reason::new(ReasonCode::RequestExpired).with("stage", "open")],
            )
        })
    }

    /// The store is away and nothing was recorded: the operation was not received here, and ends at the directory.
    async fn report_store_away(self) {
        self.slot.refuse(NotTakenCause::StoreUnavailable);
        let record = OperationRecord::new(self.event.operation.id);
        let run = self.into_run(&record);
        let reasons = vec![Reason::new(ReasonCode::AuditStoreUnavailable)];
        run.report_unrecorded_end(End::Failed, reasons).await;
    }
}

/// How an event stands to what the log says of its operation.
enum Standing {
    /// It is the next attempt (or the first).
    New,
    /// It was received before, exactly so.
    Known,
    /// It is older than the latest attempt, or was closed since: no outcome comes from it.
    Late(Attempt),
    /// It says something else than before, or the operation is over. If it is new, it was never received.
    Refuse { difference: &'static str, is_new: bool },
}

impl Standing {
    fn of(event: &VerifiedEvent, record: &OperationRecord) -> Self {
        let operation = &event.operation;
        if let Some(digest) = record.digest_of(operation.attempt) {
            if !event.says_what_had(digest) {
                return Self::Refuse {
                    difference: "other_content",
                    is_new: false,
                };
            }
            return match record.attempt() {
                Some(latest) if latest > operation.attempt || record.closed.is_some() => Self::Late(latest),
                Some(_) | None => Self::Known,
            };
        }
        let refuse = |difference| Self::Refuse {
            difference,
            is_new: true,
        };
        match (&record.received, record.attempt()) {
            (Some(received), _) if !operation.agrees_with(received) => refuse("other_operation"),
            (_, Some(latest)) if latest > operation.attempt => Self::Late(latest),
            _ if record.closed.is_some() => refuse("closed"),
            _ => Self::New,
        }
    }
}
