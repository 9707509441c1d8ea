//! `AuditService` over the audit log. Reading only.

use groundwire_eventlog::{Position, Record, StreamName, StreamVersion};
use groundwire_kit::grpc::answer_within;
use groundwire_kit::telemetry::trace_context::TraceParent;
use groundwire_proto::audit::v1::audit_service_server::AuditService;
use groundwire_proto::audit::v1::{
    AuditEvent, ExportAuditEventsRequest, ExportAuditEventsResponse, GetLatencyReportRequest,
    GetLatencyReportResponse, ListAuditEventsRequest, ListAuditEventsResponse, TailAuditEventsRequest,
    TailAuditEventsResponse, VerifyAuditLogRequest, VerifyAuditLogResponse,
};
use groundwire_proto::time::timestamp_from_us;
use tokio_stream::Empty;
use tonic::{Request, Response, Status};

use super::page_token::{PageToken, filters};
use super::status::ApiError;
use crate::audit::{AuditError, AuditLog};
use crate::domain::OperationId;

const DEFAULT_PAGE: u32 = 100;
const MAX_PAGE: i32 = 1_000;
/// An operation has a dozen records; what has more is read in steps of this.
const STREAM_STEP: u32 = 200;

pub struct AuditApi {
    audit: AuditLog,
}

/// A request, parsed.
struct Listing {
    after: u64,
    operation: Option<OperationId>,
    trace: Option<String>,
    size: u32,
    filters: groundwire_envelope::KeyId,
}

impl Listing {
    fn parse(request: &ListAuditEventsRequest) -> Result<Self, ApiError> {
        let invalid = |field, problem| ApiError::Invalid { field, problem };
        let operation = match request.operation_id.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| invalid("operation_id", "not a UUID"))?),
        };
        let is_trace = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let trace = match request.trace_id.as_str() {
            "" => None,
            text if is_trace(text) => Some(text.to_ascii_lowercase()),
            _ => return Err(invalid("trace_id", "not 32 hexadecimal digits")),
        };
        let size = match request.page_size {
            0 => DEFAULT_PAGE,
            1..=MAX_PAGE => request.page_size.unsigned_abs(),
            _ => return Err(invalid("page_size", "not 0 to 1000")),
        };
        let filters = filters(&[
            &request.after_position.to_string(),
            &operation
                .map(|id: OperationId| id.to_string())
                .unwrap_or_default(),
            trace.as_deref().unwrap_or_default(),
        ]);
        let after = match request.page_token.as_str() {
            "" => request.after_position,
            token => PageToken::decode(token, filters)
                .ok_or_else(|| invalid("page_token", "not a token of this listing"))?,
        };
        Ok(Self {
            after,
            operation,
            trace,
            size,
            filters,
        })
    }
}

impl AuditApi {
    /// Over this log.
    #[must_use]
    pub const fn new(audit: AuditLog) -> Self {
        Self { audit }
    }

    async fn list(&self, listing: &Listing) -> Result<ListAuditEventsResponse, ApiError> {
        let head = self.audit.head().await?;
        let one_more = listing.size + 1;
        let mut records = match (listing.operation, &listing.trace) {
            (None, None) => self
                .audit
                .reader()
                .read_log(Position(listing.after), one_more)
                .await
                .map_err(AuditError::from)?,
            (operation, trace) => self.of_operations(listing, operation, trace.as_deref()).await?,
        };
        let size = usize::try_from(listing.size).unwrap_or(usize::MAX);
        let has_more = records.len() > size;
        records.truncate(size);
        let last = records
            .last()
            .map(|record| record.position.0)
            .filter(|_| has_more);
        Ok(ListAuditEventsResponse {
            audit_events: records.into_iter().map(audit_event).collect(),
            next_page_token: last
                .map(|after| PageToken::after(after, listing.filters).encode())
                .unwrap_or_default(),
            head: Some(head.into()),
        })
    }

    /// The records of the operations that the filters name, in the log's order.
    async fn of_operations(
        &self,
        listing: &Listing,
        operation: Option<OperationId>,
        trace: Option<&str>,
    ) -> Result<Vec<Record>, ApiError> {
        let mut operations = match trace {
            None => operation.into_iter().collect(),
            Some(trace) => self.audit.operations_in_trace(trace).await?,
        };
        if let Some(only) = operation {
            operations.retain(|id| *id == only);
        }
        let mut records = Vec::new();
        for id in operations {
            let Ok(stream) = StreamName::of("operation", id.uuid()) else {
                continue;
            };
            let mut version = StreamVersion(0);
            loop {
                let step = self
                    .audit
                    .reader()
                    .read_stream(&stream, version, STREAM_STEP)
                    .await
                    .map_err(AuditError::from)?;
                let Some(last) = step.last() else { break };
                version = last.stream_version;
                records.extend(
                    step.into_iter()
                        .filter(|record| record.position.0 > listing.after),
                );
            }
        }
        records.sort_by_key(|record| record.position);
        Ok(records)
    }
}

fn audit_event(record: Record) -> AuditEvent {
    let recorded_at = Some(timestamp_from_us(record.recorded_at_us));
    let operation_id = record
        .stream
        .as_str()
        .strip_prefix("operation/")
        .unwrap_or_default()
        .to_owned();
    let trace = record
        .metadata
        .traceparent
        .as_deref()
        .and_then(TraceParent::parse);
    AuditEvent {
        position: record.position.0,
        event_id: record.event_id.0.to_string(),
        stream: record.stream.as_str().to_owned(),
        event_type: record.event_type,
        recorded_at,
        operation_id,
        trace_id: trace.map(|trace| trace.trace_id()).unwrap_or_default(),
        actor: record.metadata.actor.unwrap_or_default(),
        // Bodies are written by us and are UTF-8; one that was tampered with is shown as far as it can be.
        body_json: String::from_utf8_lossy(&record.body).into_owned(),
        personal_json: record
            .erasable
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default(),
        previous_hash: record.previous_hash.0.to_vec(),
        hash: record.hash.0.to_vec(),
    }
}

#[tonic::async_trait]
impl AuditService for AuditApi {
    type TailAuditEventsStream = Empty<Result<TailAuditEventsResponse, Status>>;
    type ExportAuditEventsStream = Empty<Result<ExportAuditEventsResponse, Status>>;

    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        let listing = Listing::parse(request.get_ref())?;
        let within = answer_within(request.metadata());
        let listed = tokio::time::timeout(within, self.list(&listing)).await;
        Ok(Response::new(listed.unwrap_or(Err(ApiError::Overdue))?))
    }

    async fn tail_audit_events(
        &self,
        _: Request<TailAuditEventsRequest>,
    ) -> Result<Response<Self::TailAuditEventsStream>, Status> {
        Err(ApiError::NotReleased("TailAuditEvents").into())
    }

    async fn get_latency_report(
        &self,
        _: Request<GetLatencyReportRequest>,
    ) -> Result<Response<GetLatencyReportResponse>, Status> {
        Err(ApiError::NotReleased("GetLatencyReport").into())
    }

    async fn verify_audit_log(
        &self,
        _: Request<VerifyAuditLogRequest>,
    ) -> Result<Response<VerifyAuditLogResponse>, Status> {
        Err(ApiError::NotReleased("VerifyAuditLog").into())
    }

    async fn export_audit_events(
        &self,
        _: Request<ExportAuditEventsRequest>,
    ) -> Result<Response<Self::ExportAuditEventsStream>, Status> {
        Err(ApiError::NotReleased("ExportAuditEvents").into())
    }
}
