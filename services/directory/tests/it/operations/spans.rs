//! Stages as spans, in the caller's trace.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use groundwire_directory::domain::Kind;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

use crate::scripted::{Directory, applied, ended, new_account};

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
async fn each_stage_that_the_directory_measures_is_a_span_of_the_callers_trace() {
    let exported = Exported::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exported.clone())
        .build();
    // The process's: other tests' spans come here too, in traces of their own.
    opentelemetry::global::set_tracer_provider(provider);
    let directory = Directory::new().await;
    let mut ask = directory.ask(new_account(), Kind::Change);
    ask.traceparent = Some(format!("00-{TRACE}-{CALLER}-01"));
    let mut following = directory.request(ask).await.unwrap();
    let event = directory.connector.event().await;
    directory.report(&event, applied(&event)).await;
    ended(&mut following).await;
    let spans = exported.0.lock().unwrap();
    let names: BTreeSet<&str> = spans
        .iter()
        .filter(|span| span.span_context.trace_id().to_string() == TRACE)
        .filter(|span| span.parent_span_id.to_string() == CALLER)
        .map(|span| span.name.as_ref())
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["admit", "seal", "queue", "deliver", "commit"])
    );
}
