//! One process of the connector, as far as the pipeline goes: what it is given, and the frames that it sends up.
//!
//! - `handle` carries out an event to its end, `begin` starts to, `crash_at` starts to and kills the process at a
//!   place;
//! - `next_frame` and `next_outcome` take what was sent up, `assert_no_more_frames` holds that nothing else was;
//! - `acknowledge` and `apply_fate` are the directory's answers.

use std::sync::Arc;

use groundwire_connector::audit::AuditLog;
use groundwire_connector::domain::OperationId;
use groundwire_connector::pipeline::{CrashPoint, OutcomeSink, Pipeline, Upward};
use groundwire_kit::testing::soon;
use groundwire_proto::gateway::v1::{
    FateKind, NotTakenCause, OperationFate, OutcomeRecorded, OutcomeReport, PasswordEvent,
    RecordedDisposition,
};
use groundwire_proto::operation::v1::OutcomeCode;
use tokio::sync::mpsc;

use crate::pipeline::crash_points::TestCrashPoints;

/// One process of the connector: a pipeline and what it sends up.
pub(crate) struct PipelineProcess {
    pub(crate) pipeline: Pipeline,
    pub(crate) audit: AuditLog,
    pub(crate) sink: OutcomeSink,
    pub(super) frames: mpsc::Receiver<Upward>,
    pub(crate) points: Arc<TestCrashPoints>,
}

impl PipelineProcess {
    /// Carries out an event to its end.
    pub(crate) async fn handle(&self, event: PasswordEvent) {
        soon(
            "the end of the event",
            self.pipeline.handle(event, self.sink.clone()),
        )
        .await;
    }

    /// Begins to carry out an event.
    pub(crate) fn begin(&self, event: PasswordEvent) -> tokio::task::JoinHandle<()> {
        let (pipeline, sink) = (self.pipeline.clone(), self.sink.clone());
        tokio::spawn(async move { pipeline.handle(event, sink).await })
    }

    /// Begins, and kills the process at this place: nothing of it goes on.
    pub(crate) async fn crash_at(self, point: CrashPoint, event: PasswordEvent) {
        self.points.stop_at(point);
        let task = self.begin(event);
        self.points.wait_until_reached().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }

    /// Takes the next frame that was sent up.
    pub(crate) async fn next_frame(&mut self) -> Upward {
        soon("a frame", self.frames.recv())
            .await
            .expect("the sink is open")
    }

    pub(crate) fn assert_no_more_frames(&mut self) {
        if let Ok(frame) = self.frames.try_recv() {
            panic!("another frame: {frame:?}");
        }
    }

    /// Takes the next outcome; `Received` frames before it are passed over.
    pub(crate) async fn next_outcome(&mut self) -> OutcomeReport {
        loop {
            match self.next_frame().await {
                Upward::Outcome(report) => return *report,
                Upward::Received(_) => {}
                Upward::StoodDown(frame) => panic!("stood down: {frame:?}"),
                Upward::NotTaken(frame) => panic!("not taken: {frame:?}"),
            }
        }
    }

    /// As [`Self::next_outcome`], however long it takes.
    pub(crate) async fn next_outcome_whenever(&mut self) -> OutcomeReport {
        loop {
            if let Upward::Outcome(report) = self.frames.recv().await.expect("the sink is open") {
                return *report;
            }
        }
    }

    /// Takes the next frame, which says that an attempt was not taken: which one, and why.
    pub(crate) async fn next_not_taken(&mut self) -> (u32, NotTakenCause) {
        let frame = self.next_frame().await;
        let Upward::NotTaken(frame) = frame else {
            panic!("not what was not taken: {frame:?}")
        };
        (frame.attempt, frame.cause())
    }

    /// Takes the next frame, which says that an attempt stood down: which one, and before which.
    pub(crate) async fn next_stood_down(&mut self) -> (u32, u32) {
        let frame = self.next_frame().await;
        let Upward::StoodDown(frame) = frame else {
            panic!("not what stood down: {frame:?}")
        };
        (frame.attempt, frame.found_attempt)
    }

    /// Acknowledges an outcome, as the directory does.
    pub(crate) async fn acknowledge(&self, report: &OutcomeReport) {
        let operation = report.operation_id.parse().unwrap();
        self.acknowledge_attempt(operation, report.outcome.as_ref().unwrap().attempt)
            .await;
    }

    /// Acknowledges the outcome of this attempt, as the directory does.
    pub(crate) async fn acknowledge_attempt(&self, operation: OperationId, attempt: u32) {
        self.pipeline
            .record_acknowledgement(OutcomeRecorded {
                operation_id: operation.to_string(),
                attempt,
                disposition: RecordedDisposition::Committed.into(),
                durations: Vec::new(),
                directory_head: None,
            })
            .await;
    }

    pub(crate) async fn resume(&self) {
        self.pipeline.resume(self.sink.clone()).await;
    }

    /// Says what became of an operation that was listed as open.
    pub(crate) async fn apply_fate(&self, operation: OperationId, kind: FateKind, attempt: u32) {
        self.apply_fate_of(operation, kind, attempt, true).await;
    }

    /// As [`Self::apply_fate`], of a directory that may be of the release before: it then does not deliver again what was
    /// listed without its secret.
    pub(crate) async fn apply_fate_of(
        &self,
        operation: OperationId,
        kind: FateKind,
        attempt: u32,
        redelivers: bool,
    ) {
        let fate = OperationFate {
            operation_id: operation.to_string(),
            kind: kind.into(),
            attempt,
            outcome: OutcomeCode::Failed.into(),
        };
        let sink = self.sink.clone();
        self.pipeline.apply_fates(vec![fate], redelivers, sink).await;
    }
}

/// An outcome's code and the names of its reasons.
pub(crate) fn code_and_reasons(report: &OutcomeReport) -> (OutcomeCode, Vec<&'static str>) {
    let outcome = report.outcome.as_ref().unwrap();
    (
        outcome.code(),
        outcome
            .reasons
            .iter()
            .map(|reason| groundwire_proto::reasons::name(reason.code()))
            .collect(),
    )
}

/// The names of an outcome's warnings.
pub(crate) fn warnings(report: &OutcomeReport) -> Vec<&'static str> {
    let outcome = report.outcome.as_ref().unwrap();
    outcome
        .warnings
        .iter()
        .map(|reason| groundwire_proto::reasons::name(reason.code()))
        .collect()
}
