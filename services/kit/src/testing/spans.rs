//! The spans that the code exports while a test listens.

use std::sync::Arc;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use parking_lot::Mutex;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

/// A span, as far as tests look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The name of the span.
    pub name: String,
    /// Its id, in hexadecimal.
    pub id: String,
    /// Its parent's id.
    pub parent: String,
}

/// Takes what is exported.
#[derive(Debug, Clone, Default)]
pub struct Spans(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Spans {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().extend(batch);
        Ok(())
    }
}

impl Spans {
    /// Listens to this thread until the guard is dropped; and to the whole process, for ever, for the stages that are told
    /// after they were measured. So a test looks for a trace of its own, and is the only one of its binary.
    #[must_use]
    pub fn listen(&self) -> DefaultGuard {
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(self.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        opentelemetry::global::set_tracer_provider(provider);
        tracing::subscriber::set_default(tracing_subscriber::registry().with(layer))
    }

    /// What was exported of a trace.
    #[must_use]
    pub fn of_trace(&self, trace: &str) -> Vec<Exported> {
        let all = self.0.lock();
        all.iter()
            .filter(|span| span.span_context.trace_id().to_string() == trace)
            .map(|span| Exported {
                name: span.name.to_string(),
                id: span.span_context.span_id().to_string(),
                parent: span.parent_span_id.to_string(),
            })
            .collect()
    }
}
