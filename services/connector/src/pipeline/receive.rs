//! Receipt: an event is verified, recorded, and answered from the log where the log knows the answer.

use std::time::Duration;

use groundwire_eventlog::StreamVersion;
use groundwire_kit::clock::BootInstant;
use groundwire_proto::gateway::v1::{PasswordEvent, Received, StoodDown};
use groundwire_proto::reasons::{Reason, ReasonCode};
use tokio::sync::watch;
use tracing::{Instrument, info, info_span, warn};

use super::Inner;
use super::at_work::Entrance;
use super::delivery::{Delivery, verify_event};
use super::operation::Operation;
use super::report::outcome_report;
use super::run::{Finish, Next, Run};
use super::run_record::Told;
use super::secret::{SealedFor, SecretInHand, open_secret};
use super::sink::Upward;
use crate::audit::connector_events::EventRefused;
use crate::audit::operation::{End, Personal};
use crate::audit::{AuditError, ConnectorEvent, Entry, OperationEvent, OperationRecord};
use crate::domain::{Attempt, OperationId, Stage};

/// First pause before an append to a store that is away is tried again.
const STORE_PAUSE: Duration = Duration::from_millis(250);

impl Inner {
    pub(super) async fn handle(&self, event: PasswordEvent) {
        let arrived = self.clock.boot();
        let delivery = match verify_event(event, &self.group) {
            Ok(delivery) => delivery,
            Err(error) => {
                warn!(%error, "event refused");
                self.refuse_event(error.reason(), error.what(), None).await;
                return;
            }
        };
        let span = info_span!(
            "operation",
            operation_id = %delivery.operation,
            kind = delivery.kind.as_str(),
            attempt = delivery.attempt.0
        );
        if let Some(parent) = &delivery.traceparent {
            parent.set_as_parent_of(&span);
        }
        Box::pin(self.carry_out(delivery, arrived).instrument(span)).await;
    }

    async fn carry_out(&self, delivery: Delivery, arrived: BootInstant) {
        let entrance = self
            .at_work
            .enter(delivery.operation, delivery.attempt, &delivery.content_digest);
        let place = match entrance {
            Entrance::Entered(place) => place,
            Entrance::AlreadyHere { attempt, digest } => {
                if attempt == delivery.attempt && digest != delivery.content_digest {
                    self.refuse_replay(&delivery, "other_content").await;
                }
                info!("event is at work already");
                return;
            }
        };
        let operation = Operation::of_delivery(&delivery, self.clock.as_ref());
        let patience = operation
            .expiry
            .left(self.clock.as_ref())
            .max(Duration::from_secs(1));
        let Ok(_account) = tokio::time::timeout(patience, self.at_work.lock(delivery.anchor)).await else {
            warn!("the account is held by another operation, event left unanswered");
            return;
        };
        if delivery.attempt <= Attempt::FIRST {
            self.first_attempt(&delivery, operation, arrived, place.yielding())
                .await;
        } else {
            self.later_attempt(&delivery, operation, arrived, place.yielding())
                .await;
        }
    }

    /// The receipt's commit and the read of the account overlap; nothing is decided before both are there.
    async fn first_attempt(
        &self,
        delivery: &Delivery,
        operation: Operation,
        arrived: BootInstant,
        yielding: watch::Receiver<bool>,
    ) {
        let secret = info_span!("open").in_scope(|| self.open(delivery));
        let opened = self.clock.boot();
        let early = self.ends_at_once(delivery, &operation);
        let receipt = self
            .take_receipt(delivery, &operation)
            .instrument(info_span!("receipt"));
        let reading = async {
            if early.is_some() {
                return (None, opened);
            }
            let reading = self
                .ad
                .read_account(operation.anchor)
                .instrument(info_span!("resolve"))
                .await;
            (Some(reading), self.clock.boot())
        };
        let ((receipt, recorded), (reading, resolved)) = tokio::join!(receipt, reading);
        let version = match receipt {
            Ok(version) => version,
            Err(AuditError::Overtaken | AuditError::NotKnown) => {
                return self
                    .answer_again(delivery, operation, secret, arrived, yielding)
                    .await;
            }
            Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
                warn!(%error, "receipt was not recorded, the operation is not carried out");
                return self.report_no_store(operation, secret, arrived, yielding).await;
            }
        };
        let record = OperationRecord {
            version,
            ..OperationRecord::new(operation.id)
        };
        let mut run = Run::new(self, operation, secret, &record, yielding);
        run.began = arrived;
        let waited = if early.is_some() { opened } else { resolved };
        run.durations
            .add(Stage::Open, opened.since(arrived) + recorded.since(waited));
        if reading.is_some() {
            run.durations.add(Stage::Resolve, resolved.since(opened));
        }
        let finish = match early {
            Some((end, reasons)) => match run.end(end, reasons, &Told::default()) {
                Next::Finish(finish) => finish,
                Next::Again => Finish::Overtaken,
            },
            None => run.drive(reading).await,
        };
        self.finish(&mut run, finish).await;
    }

    /// Records the receipt and tells the directory; answers when it was durable.
    async fn take_receipt(
        &self,
        delivery: &Delivery,
        operation: &Operation,
    ) -> (Result<StreamVersion, AuditError>, BootInstant) {
        let receipt = self
            .record_receipt(delivery, operation, StreamVersion::ZERO)
            .await;
        if receipt.is_ok() {
            self.acknowledge_receipt(operation).await;
        }
        (receipt, self.clock.boot())
    }

    async fn later_attempt(
        &self,
        delivery: &Delivery,
        operation: Operation,
        arrived: BootInstant,
        yielding: watch::Receiver<bool>,
    ) {
        let secret = info_span!("open").in_scope(|| self.open(delivery));
        self.answer_again(delivery, operation, secret, arrived, yielding)
            .await;
    }

    /// The log may know this operation: what it says goes first.
    async fn answer_again(
        &self,
        delivery: &Delivery,
        operation: Operation,
        secret: SecretInHand,
        arrived: BootInstant,
        yielding: watch::Receiver<bool>,
    ) {
        let Some(record) = self.received_record(delivery, &operation).await else {
            return;
        };
        if record.ended.is_some() {
            info!("answered from the log");
            return self.report_from_log(&record).await;
        }
        if let Some(stood_down) = &record.stood_down {
            return self
                .send_stood_down(operation.id, operation.attempt, Attempt(stood_down.found_attempt))
                .await;
        }
        let mut run = Run::new(self, operation, secret, &record, yielding);
        run.began = arrived;
        run.durations.add(Stage::Open, self.clock.elapsed(arrived));
        let finish = run.drive(None).await;
        self.finish(&mut run, finish).await;
    }

    /// The operation as the log has it once this attempt's receipt is in; `None`: it is not carried out (any more).
    async fn received_record(&self, delivery: &Delivery, operation: &Operation) -> Option<OperationRecord> {
        loop {
            let record = match self.audit.operation(operation.id).await {
                Ok(record) => record,
                Err(error) => {
                    self.wait_for_store(operation, &error).await?;
                    continue;
                }
            };
            match standing(&record, delivery, operation) {
                Standing::Refuse(what) => {
                    self.refuse_replay(delivery, what).await;
                    return None;
                }
                Standing::Late(latest) => {
                    self.send_stood_down(operation.id, operation.attempt, latest)
                        .await;
                    return None;
                }
                Standing::Known => {
                    self.acknowledge_receipt(operation).await;
                    return Some(record);
                }
                Standing::New => {}
            }
            match self.record_receipt(delivery, operation, record.version).await {
                Ok(_) | Err(AuditError::Overtaken | AuditError::NotKnown) => {}
                Err(error @ (AuditError::Unavailable(_) | AuditError::Refused(_))) => {
                    self.wait_for_store(operation, &error).await?;
                }
            }
        }
    }

    /// Waits a while for the store, until the operation expires; then it was not received.
    async fn wait_for_store(&self, operation: &Operation, error: &AuditError) -> Option<()> {
        warn!(operation = %operation.id, %error, "audit store is not available");
        if operation.expiry.has_passed(self.clock.as_ref()) {
            return None;
        }
        tokio::time::sleep(STORE_PAUSE).await;
        Some(())
    }

    async fn record_receipt(
        &self,
        delivery: &Delivery,
        operation: &Operation,
        expected: StreamVersion,
    ) -> Result<StreamVersion, AuditError> {
        let entry = Entry {
            operation: operation.id,
            expected,
            event: OperationEvent::Received(operation.received(delivery)),
            metadata: operation.metadata.clone(),
            personal: Personal {
                on_behalf_of: delivery.on_behalf_of.clone().map(Into::into),
                ..Personal::default()
            },
        };
        Ok(self.audit.record(entry).await?.stream_version)
    }

    async fn acknowledge_receipt(&self, operation: &Operation) {
        // Nobody waits for the head to be read: frames carry the last that was seen.
        self.audit.refresh_head();
        self.send_up(Upward::Received(Received {
            operation_id: operation.id.to_string(),
            attempt: operation.attempt.0,
            audit_head: self.audit.head_seen().map(Into::into),
        }))
        .await;
    }

    /// Where nothing of an operation can be under way, these end it without asking Active Directory.
    fn ends_at_once(&self, delivery: &Delivery, operation: &Operation) -> Option<(End, Vec<Reason>)> {
        let clock = self.clock.as_ref();
        let tolerance = i64::try_from(self.limits.clock_tolerance.as_millis()).unwrap_or(i64::MAX);
        let told = self.clock_offset_ms.load(std::sync::atomic::Ordering::Relaxed);
        let signed_ahead = delivery
            .signed_at_ms
            .map_or(0, |signed| signed.saturating_sub(clock.unix_ms()));
        let offset = if told.abs() >= signed_ahead {
            told
        } else {
            signed_ahead
        };
        if offset.abs() > tolerance {
            let reason = Reason::new(ReasonCode::ClockUntrusted).with("offset_seconds", offset / 1_000);
            return Some((End::Failed, vec![reason]));
        }
        operation.expiry.has_passed(clock).then(|| {
            (
                End::Expired,
                vec![Reason::new(ReasonCode::RequestExpired).with("stage", "open")],
            )
        })
    }

    fn open(&self, delivery: &Delivery) -> SecretInHand {
        match delivery.kind.sealed_kind() {
            None => SecretInHand::NotNeeded,
            Some(kind) => {
                let purpose = SealedFor {
                    anchor: delivery.anchor,
                    id: delivery.operation.uuid(),
                    kind,
                };
                open_secret(&self.keys, &self.group, delivery.secret.as_ref(), &purpose)
            }
        }
    }

    /// The store is away and nothing was recorded: the operation was not received here, and ends at the directory.
    async fn report_no_store(
        &self,
        operation: Operation,
        secret: SecretInHand,
        arrived: BootInstant,
        yielding: watch::Receiver<bool>,
    ) {
        let record = OperationRecord::new(operation.id);
        let run = Run::new(self, operation, secret, &record, yielding);
        let reasons = vec![Reason::new(ReasonCode::AuditStoreUnavailable)];
        let (ended, _personal) = run.ended(End::Failed, reasons, &Told::default());
        let dwell = self.clock.elapsed(arrived);
        let attempt = run.operation.attempt;
        let report = outcome_report(
            run.operation.id,
            &ended,
            attempt,
            None,
            self.audit.head_seen(),
            Some(dwell),
        );
        self.observer.ended(&ended);
        self.send_up(Upward::Outcome(Box::new(report))).await;
    }

    pub(super) async fn send_stood_down(&self, operation: OperationId, attempt: Attempt, found: Attempt) {
        self.send_up(Upward::StoodDown(StoodDown {
            operation_id: operation.to_string(),
            attempt: attempt.0,
            found_attempt: found.0,
        }))
        .await;
    }

    async fn refuse_replay(&self, delivery: &Delivery, what: &'static str) {
        warn!(what, "event refused: it was received before in another form");
        let of = Some((delivery.operation, delivery.attempt));
        self.refuse_event(Reason::new(ReasonCode::Replayed), what, of)
            .await;
    }

    async fn refuse_event(&self, reason: Reason, what: &'static str, of: Option<(OperationId, Attempt)>) {
        self.observer.alarmed(reason.code());
        self.note(&ConnectorEvent::EventRefused(EventRefused {
            reason,
            what: what.into(),
            operation: of.map(|(operation, _)| operation),
            attempt: of.map(|(_, attempt)| attempt.0),
        }))
        .await;
    }
}

/// How a delivery stands to what the log says.
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

fn standing(record: &OperationRecord, delivery: &Delivery, operation: &Operation) -> Standing {
    if let Some(digest) = record.digest_of(delivery.attempt) {
        if digest != delivery.content_digest {
            return Standing::Refuse("other_content");
        }
        return match record.attempt() {
            Some(latest) if latest > delivery.attempt => Standing::Late(latest),
            Some(_) | None if record.closed.is_some() => Standing::Refuse("closed"),
            Some(_) | None => Standing::Known,
        };
    }
    match (&record.received, record.attempt()) {
        (Some(received), _) if !operation.agrees_with(received) => Standing::Refuse("other_operation"),
        (_, Some(latest)) if latest > delivery.attempt => Standing::Late(latest),
        _ if record.closed.is_some() => Standing::Refuse("closed"),
        _ => Standing::New,
    }
}
