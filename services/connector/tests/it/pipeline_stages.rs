//! Every stage is timed once, and told in the report, the records, the metrics and the caller's trace.

use std::sync::{Arc, Mutex};

use groundwire_connector::domain::OperationKind;
use groundwire_connector::metrics::Metrics;
use groundwire_proto::operation::v1::OutcomeCode;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use prometheus_client::registry::Registry;
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

use crate::pipeline_rig::{Ask, Rig, said};

const TRACE: &str = "5f1c0f8a2f0e4d7b9c3a6e8d7b5a4c21";
const CALLER: &str = "00f067aa0ba902b7";

#[derive(Debug, Clone, Default)]
struct Exported(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Exported {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

#[tokio::test]
async fn each_stage_is_in_the_records_the_metrics_and_the_callers_trace() {
    let exported = Exported::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exported.clone())
        .build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // The process's, for stages that are measured and then told: other tests' spans come here too.
    opentelemetry::global::set_tracer_provider(provider);
    let _listening = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans));
    let mut registry = Registry::default();
    let mut rig = Rig::new().await;
    rig.observer = Arc::new(Metrics::new(&mut registry));
    let mut process = rig.process().await;
    let ask = Ask {
        traceparent: format!("00-{TRACE}-{CALLER}-01"),
        ..Ask::new(OperationKind::Change)
    };
    process.handle(rig.event(&ask)).await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
    process.acknowledge(&report).await;

    let records = rig.store.records(&process.audit, ask.operation).await;
    let body = |event_type: &str| -> Value {
        let record = records.iter().find(|record| record.event_type == event_type);
        serde_json::from_slice(&record.unwrap().body).unwrap()
    };
    let (applied, reported) = (body("Applied").to_string(), body("Reported"));
    for stage in ["open", "resolve", "policy", "intent", "write"] {
        assert!(
            applied.contains(&format!("\"{stage}_us\":")),
            "{stage}: {applied}"
        );
    }
    assert!(
        reported["record_us"].is_u64() && reported["report_us"].is_u64(),
        "{reported}"
    );

    let mut shown = String::new();
    prometheus_client::encoding::text::encode(&mut shown, &registry).unwrap();
    let stages = ["open", "resolve", "policy", "intent", "write", "record", "report"];
    for stage in stages {
        let count = format!("stage_seconds_count{{stage=\"{stage}\"}} 1\n");
        assert!(shown.contains(&count), "{stage}: {shown}");
    }

    let exported = exported.0.lock().unwrap();
    let spans: Vec<&SpanData> = exported
        .iter()
        .filter(|span| span.span_context.trace_id().to_string() == TRACE)
        .collect();
    for stage in stages {
        assert!(spans.iter().any(|span| span.name == stage), "{stage}: {spans:?}");
    }
    // One tree: below the caller's span the operation's, and all others below that.
    for span in &spans {
        let parent = spans
            .iter()
            .find(|other| other.span_context.span_id() == span.parent_span_id);
        match parent {
            Some(_) => {}
            None => assert_eq!(
                (span.name.as_ref(), span.parent_span_id.to_string().as_str()),
                ("operation", CALLER)
            ),
        }
    }
}
