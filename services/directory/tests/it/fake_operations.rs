//! In place of operations, at the port that delivery uses: keeps what it was called with, and gives fixed answers.

use std::collections::HashSet;

use futures_util::future::BoxFuture;
use groundwire_directory::domain::OperationId;
use groundwire_directory::operations::CommitError;
use groundwire_directory::operations::port::{AttachedConnector, AttemptAnswer, OperationsPort};
use groundwire_directory::store::StoreError;
use groundwire_proto::gateway::v1::{
    CheckResult, FateKind, OpenOperation, OperationFate, OutcomeRecorded, OutcomeReport, RecordedDisposition,
};
use parking_lot::Mutex;

/// A call of the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PortCall {
    Attached(AttachedConnector, Vec<String>),
    Ready(AttachedConnector),
    Outcome(String),
    Answered(String, u32, AttemptAnswer),
}

#[derive(Default)]
pub(crate) struct FakeOperations {
    calls: Mutex<Vec<PortCall>>,
    outcomes: Mutex<HashSet<String>>,
}

impl FakeOperations {
    fn note(&self, call: PortCall) {
        self.calls.lock().push(call);
    }

    pub(crate) fn calls(&self) -> Vec<PortCall> {
        self.calls.lock().clone()
    }

    pub(crate) fn was_called_with(&self, is_it: impl Fn(&PortCall) -> bool) -> bool {
        self.calls.lock().iter().any(is_it)
    }
}

impl OperationsPort for FakeOperations {
    fn connector_attached<'a>(
        &'a self,
        who: &'a AttachedConnector,
        open: Vec<OpenOperation>,
    ) -> BoxFuture<'a, Result<Vec<OperationFate>, StoreError>> {
        self.note(PortCall::Attached(
            *who,
            open.iter().map(|one| one.operation_id.clone()).collect(),
        ));
        let fate = |open: OpenOperation| OperationFate {
            operation_id: open.operation_id,
            kind: FateKind::Continue.into(),
            attempt: open.attempt,
            outcome: 0,
        };
        Box::pin(async move { Ok(open.into_iter().map(fate).collect()) })
    }

    fn connector_ready<'a>(&'a self, who: &'a AttachedConnector) -> BoxFuture<'a, ()> {
        self.note(PortCall::Ready(*who));
        Box::pin(async {})
    }

    fn outcome_reported<'a>(
        &'a self,
        _: &'a AttachedConnector,
        report: OutcomeReport,
    ) -> BoxFuture<'a, Result<OutcomeRecorded, CommitError>> {
        self.note(PortCall::Outcome(report.operation_id.clone()));
        let is_new = self.outcomes.lock().insert(report.operation_id.clone());
        let disposition = if is_new {
            RecordedDisposition::Committed
        } else {
            RecordedDisposition::Repeated
        };
        Box::pin(async move {
            Ok(OutcomeRecorded {
                operation_id: report.operation_id,
                attempt: 1,
                disposition: disposition.into(),
                durations: Vec::new(),
                directory_head: None,
            })
        })
    }

    fn attempt_answered<'a>(
        &'a self,
        _: &'a AttachedConnector,
        operation: OperationId,
        attempt: u32,
        answer: AttemptAnswer,
    ) -> BoxFuture<'a, ()> {
        self.note(PortCall::Answered(operation.to_string(), attempt, answer));
        Box::pin(async {})
    }

    fn check_result<'a>(&'a self, _: &'a AttachedConnector, _: CheckResult) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}
