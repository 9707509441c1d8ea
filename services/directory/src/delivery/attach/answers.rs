//! What a connector answers to the attempts that were sent to it.

use std::sync::Arc;

use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{
    NotTaken, NotTakenCause as WireCause, OutcomeReport, Received, StoodDown,
};

use super::end::{BadFrame, End};
use super::hello::validate_head;
use super::serve::Serving;
use crate::domain::{NotTakenCause, OperationId};
use crate::metrics::delivery::why;
use crate::operations::port::AttemptAnswer;

impl Serving<'_> {
    pub(super) async fn received(&mut self, received: Received) -> Result<(), End> {
        let (operation, attempt) = attempt_of(&received.operation_id, received.attempt)?;
        self.audit_head(validate_head(received.audit_head.as_ref())?)
            .await;
        let who = self.opened.session.who;
        tracing::debug!(connector = %who.connector, %operation, attempt, "event received");
        if self.opened.session.answered(operation, attempt) {
            self.forward(operation, attempt, AttemptAnswer::Late);
        }
        Ok(())
    }

    pub(super) async fn outcome(&mut self, report: OutcomeReport) -> Result<(), End> {
        let outcome = report.outcome.as_ref();
        let outcome = outcome.ok_or(BadFrame("an outcome report without outcome"))?;
        let (operation, attempt) = attempt_of(&report.operation_id, outcome.attempt)?;
        self.audit_head(validate_head(report.audit_head.as_ref())?).await;
        let session = Arc::clone(&self.opened.session);
        self.attach
            .connectors
            .sync_if_name_moved(&session.who, &outcome.reasons);
        session.answered(operation, attempt);
        let operations = Arc::clone(&self.attach.operations);
        self.spawn(async move {
            match operations.outcome_reported(&session.who, report).await {
                Ok(recorded) => {
                    session.settled(operation);
                    // If it does not get there, the connector reports again.
                    let _ = session.send_frame(Down::OutcomeRecorded(recorded)).await;
                }
                Err(error) => {
                    tracing::warn!(%error, connector = %session.who.connector, "an outcome was not recorded; it comes again");
                }
            }
        });
        Ok(())
    }

    /// No outcome comes from this attempt.
    pub(super) fn stood_down(&mut self, frame: &StoodDown) -> Result<(), End> {
        let (operation, attempt) = attempt_of(&frame.operation_id, frame.attempt)?;
        let session = Arc::clone(&self.opened.session);
        session.answered(operation, attempt);
        session.settled(operation);
        let (connector, found_attempt) = (session.who.connector, frame.found_attempt);
        tracing::warn!(%connector, %operation, attempt, found_attempt, "an attempt stood down");
        self.forward(operation, attempt, AttemptAnswer::StoodDown);
        Ok(())
    }

    /// The attempt was not begun, and never will be.
    pub(super) fn not_taken(&mut self, frame: &NotTaken) -> Result<(), End> {
        let (operation, attempt) = attempt_of(&frame.operation_id, frame.attempt)?;
        let cause = cause_of(frame.cause());
        self.attach
            .metrics
            .not_taken
            .get_or_create(&why(cause.as_str()))
            .inc();
        let session = Arc::clone(&self.opened.session);
        session.answered(operation, attempt);
        if cause != NotTakenCause::OperationAtWork {
            session.settled(operation);
        }
        self.forward(operation, attempt, AttemptAnswer::NotTaken(cause));
        Ok(())
    }

    /// The `Received` of these attempts did not come in time.
    pub(super) fn overdue(&mut self, overdue: Vec<(OperationId, u32)>) {
        for (operation, attempt) in overdue {
            self.attach.metrics.unanswered.inc();
            self.forward(operation, attempt, AttemptAnswer::Missing);
        }
    }

    fn forward(&mut self, operation: OperationId, attempt: u32, answer: AttemptAnswer) {
        let (operations, who) = (Arc::clone(&self.attach.operations), self.opened.session.who);
        self.spawn(async move {
            operations
                .attempt_answered(&who, operation, attempt, answer)
                .await
        });
    }
}

/// A cause that this version does not know is none that it can do anything about.
const fn cause_of(cause: WireCause) -> NotTakenCause {
    match cause {
        WireCause::Unspecified => NotTakenCause::Unspecified,
        WireCause::NotVerified => NotTakenCause::NotVerified,
        WireCause::NotUnderstood => NotTakenCause::NotUnderstood,
        WireCause::AccountHeld => NotTakenCause::AccountHeld,
        WireCause::OperationAtWork => NotTakenCause::OperationAtWork,
        WireCause::StoreUnavailable => NotTakenCause::StoreUnavailable,
        WireCause::ContradictsLog => NotTakenCause::ContradictsLog,
    }
}

fn attempt_of(operation: &str, attempt: u32) -> Result<(OperationId, u32), BadFrame> {
    let operation = operation
        .parse()
        .map_err(|_| BadFrame("operation_id is not a UUID"))?;
    if attempt == 0 {
        return Err(BadFrame("attempts are counted from 1"));
    }
    Ok((operation, attempt))
}
