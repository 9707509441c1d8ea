//! A receiver of traces that implements OTLP's own gRPC service (`opentelemetry.proto.collector.trace.v1`).
//!
//! Every span becomes one JSON line in a file. It is for tests and for the demo: it keeps what it is sent as it is sent
//! (the tests look in it for secrets) and has no retention.

use std::io;
use std::path::Path;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use serde::{Deserialize, Serialize};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;
use tonic::{Request, Response, Status};

/// One span, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// `service.name` of the resource.
    pub service: String,
    /// Trace id, 32 hex digits.
    pub trace_id: String,
    /// Span id, 16 hex digits.
    pub span_id: String,
    /// Span id of the parent; empty for a root.
    pub parent_span_id: String,
    /// Name.
    pub name: String,
    /// Begin, Unix nanoseconds.
    pub start_ns: u64,
    /// End, Unix nanoseconds.
    pub end_ns: u64,
    /// Attributes, values as text.
    pub attributes: Vec<(String, String)>,
    /// Names and attributes of events within the span, values as text.
    pub events: Vec<(String, Vec<(String, String)>)>,
    /// The status message, if any.
    pub status: String,
}

/// The gRPC service; spans go to the end of a file.
#[derive(Clone)]
pub struct Receiver {
    file: Arc<Mutex<File>>,
}

impl Receiver {
    /// Opens (or makes) the file.
    ///
    /// # Errors
    /// What the file system says.
    pub async fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path).await?;
        Ok(Self {
            file: Arc::new(Mutex::new(file)),
        })
    }

    /// The service for a tonic server.
    #[must_use]
    pub fn into_service(self) -> TraceServiceServer<Self> {
        TraceServiceServer::new(self)
    }
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut lines = Vec::new();
        for span in spans(request.into_inner()) {
            serde_json::to_writer(&mut lines, &span).map_err(|error| Status::internal(error.to_string()))?;
            lines.push(b'\n');
        }
        let mut file = self.file.lock().await;
        file.write_all(&lines)
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        file.flush()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// Reads spans back. A last line that is still being written is left out.
///
/// # Errors
/// What the file system says, or a line that is not a span.
pub fn read(path: &Path) -> io::Result<Vec<Span>> {
    let text = std::fs::read_to_string(path)?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).map_err(io::Error::from))
        .collect()
}

fn spans(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut found = Vec::new();
    for resource in request.resource_spans {
        let attributes = resource
            .resource
            .map(|resource| resource.attributes)
            .unwrap_or_default();
        let named = texts(&attributes)
            .into_iter()
            .find(|(key, _)| key == "service.name");
        let service = named.map_or_else(String::new, |(_, value)| value);
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            found.push(Span {
                service: service.clone(),
                trace_id: hex::encode(span.trace_id),
                span_id: hex::encode(span.span_id),
                parent_span_id: hex::encode(span.parent_span_id),
                name: span.name,
                start_ns: span.start_time_unix_nano,
                end_ns: span.end_time_unix_nano,
                attributes: texts(&span.attributes),
                events: span
                    .events
                    .into_iter()
                    .map(|event| (event.name, texts(&event.attributes)))
                    .collect(),
                status: span.status.map(|status| status.message).unwrap_or_default(),
            });
        }
    }
    found
}

fn texts(attributes: &[KeyValue]) -> Vec<(String, String)> {
    attributes
        .iter()
        .map(|pair| (pair.key.clone(), text(pair.value.as_ref())))
        .collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        None => String::new(),
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::BoolValue(flag)) => flag.to_string(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        Some(any_value::Value::DoubleValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
    }
}
