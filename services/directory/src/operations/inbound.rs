//! What connectors say, on its way to the accounts' tasks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use groundwire_proto::gateway::v1::{
    CheckResult, FateKind, OpenOperation, OperationFate, OutcomeRecorded, OutcomeReport, RecordedDisposition,
};
use groundwire_proto::operation::v1::StageDuration;
use groundwire_proto::time::duration_of;

use super::account::message::Message;
use super::context::Context;
use super::error::CommitError;
use super::port::{AttachedConnector, AttemptAnswer, OperationsPort};
use super::report::{Recorded, Report};
use super::{Operations, mailbox};
use crate::domain::{AccountAnchor, OperationId, Outcome};
use crate::metrics::Alarm;
use crate::store::StoreError;

/// How many fates are looked up at once; one that is not known costs a read of the database.
const FATES_AT_ONCE: usize = 16;

impl OperationsPort for Operations {
    fn connector_attached<'a>(
        &'a self,
        who: &'a AttachedConnector,
        open: Vec<OpenOperation>,
    ) -> BoxFuture<'a, Result<Vec<OperationFate>, StoreError>> {
        Box::pin(async move {
            let mut attempts = HashMap::new();
            for operation in &open {
                // What the connector will not carry out counts as not listed: it is handed out again.
                if let Ok(id) = operation.operation_id.parse()
                    && !operation.secret_gone
                {
                    let latest = attempts.entry(id).or_insert(operation.attempt);
                    *latest = operation.attempt.max(*latest);
                }
            }
            // Side by side: an account that is at something long holds up no other one.
            let fates = open
                .into_iter()
                .map(|operation| async move { fate(&self.context, who, &operation).await });
            let fates = stream::iter(fates).buffered(FATES_AT_ONCE).try_collect().await?;
            let attempts = Arc::new(attempts);
            for mailbox in self.context.registry.of_tenant(who.tenant) {
                let attached = Message::Attached {
                    who: *who,
                    open: Arc::clone(&attempts),
                };
                let _only_while_stopping = mailbox.post(attached);
            }
            Ok(fates)
        })
    }

    fn connector_ready<'a>(&'a self, who: &'a AttachedConnector) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for mailbox in self.context.registry.of_tenant(who.tenant) {
                let _only_while_stopping = mailbox.post(Message::Wake);
            }
        })
    }

    fn outcome_reported<'a>(
        &'a self,
        who: &'a AttachedConnector,
        report: OutcomeReport,
    ) -> BoxFuture<'a, Result<OutcomeRecorded, CommitError>> {
        Box::pin(record_outcome(&self.context, who, report))
    }

    fn attempt_answered<'a>(
        &'a self,
        who: &'a AttachedConnector,
        operation: OperationId,
        attempt: u32,
        answer: AttemptAnswer,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let message = |reply| Message::AttemptAnswered {
                who: *who,
                operation,
                attempt,
                answer,
                reply,
            };
            let sent = async {
                match mailbox::account_of(&self.context, who.tenant, operation).await? {
                    Some(anchor) => mailbox::call(&self.context, who.tenant, anchor, message).await,
                    None => Ok(()),
                }
            };
            if let Err(error) = sent.await {
                // The attempt stays in force until its operation comes to be in doubt.
                tracing::warn!(%error, cause = error.cause(), %operation, attempt, "the answer to an attempt is lost");
            }
        })
    }

    fn check_result<'a>(&'a self, who: &'a AttachedConnector, result: CheckResult) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.checks.answer(who, result) })
    }
}

async fn fate(
    context: &Arc<Context>,
    who: &AttachedConnector,
    open: &OpenOperation,
) -> Result<OperationFate, StoreError> {
    let not_known = || OperationFate {
        operation_id: open.operation_id.clone(),
        kind: FateKind::NotKnown as i32,
        attempt: 0,
        outcome: 0,
    };
    let Ok(operation) = open.operation_id.parse::<OperationId>() else {
        return Ok(not_known());
    };
    let Some(anchor) = mailbox::account_of(context, who.tenant, operation).await? else {
        tracing::error!(connector = %who.connector, %operation, "a connector has an operation that is not known");
        context.metrics.alarm(Alarm::OperationNotKnown);
        return Ok(not_known());
    };
    let message = |reply| Message::Fate {
        who: *who,
        operation,
        attempt: open.attempt,
        reply,
    };
    mailbox::call(context, who.tenant, anchor, message).await?
}

async fn record_outcome(
    context: &Arc<Context>,
    who: &AttachedConnector,
    report: OutcomeReport,
) -> Result<OutcomeRecorded, CommitError> {
    let operation_id = report.operation_id.clone();
    let attempt = report.outcome.as_ref().map_or(0, |outcome| outcome.attempt);
    let recorded = match parse(context, who, report).await? {
        Some((anchor, report)) => {
            let report = Box::new(report);
            let message = |reply| Message::Report { report, reply };
            mailbox::call(context, who.tenant, anchor, message).await??
        }
        None => {
            tracing::error!(connector = %who.connector, "a report for an operation that is not known, or that says nothing");
            context.metrics.alarm(Alarm::OperationNotKnown);
            Recorded::without_durations(RecordedDisposition::Conflicting)
        }
    };
    Ok(OutcomeRecorded {
        operation_id,
        attempt,
        disposition: recorded.disposition as i32,
        durations: recorded
            .durations_us
            .into_iter()
            .map(|(stage, us)| StageDuration::new(stage, Duration::from_micros(us)))
            .collect(),
        // Delivery knows the log's head and fills it in.
        directory_head: None,
    })
}

/// The report and the account it is about; `None`: it is about no operation of the tenant, or has no outcome that a
/// connector can report.
async fn parse(
    context: &Context,
    who: &AttachedConnector,
    report: OutcomeReport,
) -> Result<Option<(AccountAnchor, Report)>, StoreError> {
    let arrived = context.clock.boot();
    let outcome = report
        .outcome
        .and_then(|outcome| Outcome::from_report(outcome, context.clock.unix_us()));
    let (Ok(operation), Some(outcome)) = (report.operation_id.parse::<OperationId>(), outcome) else {
        return Ok(None);
    };
    let Some(anchor) = mailbox::account_of(context, who.tenant, operation).await? else {
        return Ok(None);
    };
    let report = Report {
        who: *who,
        operation,
        outcome,
        dwell: report.dwell.as_ref().and_then(duration_of),
        arrived,
    };
    Ok(Some((anchor, report)))
}
