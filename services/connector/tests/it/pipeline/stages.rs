//! Every stage is timed once, and told in the report, the records, the metrics and the caller's trace.

use std::sync::Arc;

use groundwire_connector::domain::OperationKind;
use groundwire_connector::metrics::Metrics;
use groundwire_kit::testing::Spans;
use groundwire_proto::operation::v1::OutcomeCode;
use prometheus_client::registry::Registry;
use serde_json::Value;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::code_and_reasons;
use crate::pipeline::rig::PipelineRig;

const TRACE: &str = "5f1c0f8a2f0e4d7b9c3a6e8d7b5a4c21";
const CALLER: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn each_stage_is_in_the_records_the_metrics_and_the_callers_trace() {
    let exported = Spans::default();
    let _listening = exported.listen();
    let mut registry = Registry::default();
    let mut rig = PipelineRig::new().await;
    rig.observer = Arc::new(Metrics::new(&mut registry));
    let mut process = rig.start_process().await;
    let spec = EventSpec {
        traceparent: format!("00-{TRACE}-{CALLER}-01"),
        ..EventSpec::new(OperationKind::Change)
    };
    process.handle(rig.sign_event(&spec)).await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    process.acknowledge(&report).await;

    let records = rig.store.records(&process.audit, spec.operation).await;
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

    let spans = exported.of_trace(TRACE);
    for stage in stages {
        assert!(spans.iter().any(|span| span.name == stage), "{stage}: {spans:?}");
    }
    // One tree: below the caller's span the operation's, and all others below that.
    for span in &spans {
        let is_known = spans.iter().any(|other| other.id == span.parent);
        let is_root = span.name == "operation" && span.parent == CALLER;
        assert!(is_known || is_root, "an orphan: {span:?}");
    }
}
