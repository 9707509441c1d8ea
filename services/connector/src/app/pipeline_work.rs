//! Joins the stream to the pipeline.

use futures_util::future::BoxFuture;
use groundwire_proto::gateway::v1::{
    CheckRequest, CheckResult, OpenOperation, OperationClosed, OperationFate, OutcomeRecorded, PasswordEvent,
};
use groundwire_proto::log_head::SeenHead;

use crate::audit::{AuditError, AuditLog};
use crate::pipeline::{OutcomeSink, Pipeline};
use crate::uplink::{Work, WorkError};

/// The pipeline as the stream sees it.
pub struct PipelineWork {
    pipeline: Pipeline,
    audit: AuditLog,
    sink: OutcomeSink,
}

impl PipelineWork {
    /// `sink` is the one whose other end the uplink drains.
    #[must_use]
    pub const fn new(pipeline: Pipeline, audit: AuditLog, sink: OutcomeSink) -> Self {
        Self {
            pipeline,
            audit,
            sink,
        }
    }
}

fn unreadable(error: AuditError) -> WorkError {
    tracing::warn!(%error, "the audit store cannot be read");
    WorkError
}

impl Work for PipelineWork {
    fn handle(&self, event: PasswordEvent) -> BoxFuture<'_, ()> {
        Box::pin(self.pipeline.handle(event, self.sink.clone()))
    }

    fn check(&self, request: CheckRequest) -> BoxFuture<'_, Option<CheckResult>> {
        Box::pin(self.pipeline.check(request))
    }

    fn open_operations(&self) -> BoxFuture<'_, Result<Vec<OpenOperation>, WorkError>> {
        Box::pin(async { self.pipeline.open_operations().await.map_err(unreadable) })
    }

    fn apply_fates(&self, fates: Vec<OperationFate>, redelivers: bool) -> BoxFuture<'_, ()> {
        Box::pin(self.pipeline.apply_fates(fates, redelivers, self.sink.clone()))
    }

    fn record_acknowledgement(&self, recorded: OutcomeRecorded) -> BoxFuture<'_, ()> {
        Box::pin(self.pipeline.record_acknowledgement(recorded))
    }

    fn close_operation(&self, closed: OperationClosed) -> BoxFuture<'_, ()> {
        Box::pin(self.pipeline.close_operation(closed))
    }

    fn audit_head(&self) -> BoxFuture<'_, Result<SeenHead, WorkError>> {
        Box::pin(async { self.audit.head().await.map_err(unreadable) })
    }

    fn set_clock_offset(&self, milliseconds: i64) {
        self.pipeline.set_clock_offset(milliseconds);
    }

    fn audit_head_at(&self, position: u64) -> BoxFuture<'_, Result<Option<SeenHead>, WorkError>> {
        Box::pin(async move { self.audit.head_at(position).await.map_err(unreadable) })
    }
}
