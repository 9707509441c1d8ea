//! Stages as spans, in the caller's trace.

use std::collections::BTreeSet;

use groundwire_directory::domain::OperationKind;
use groundwire_kit::testing::{Exported, Spans};

use crate::operations::rig::{DirectoryRig, applied, new_account, wait_for_end};

const TRACE: &str = "5f1c0f8a2f0e4d7b9c3a6e8d7b5a4c21";
const CALLER: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn each_stage_that_the_directory_measures_is_a_span_of_the_callers_trace() {
    let spans = Spans::default();
    let _listening = spans.listen();
    let directory = DirectoryRig::new().await;
    let mut spec = directory.spec(new_account(), OperationKind::Change);
    spec.call.traceparent = Some(format!("00-{TRACE}-{CALLER}-01"));
    let mut following = directory.request(spec).await.unwrap();
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    wait_for_end(&mut following).await;
    let below_the_caller = |span: Exported| (span.parent == CALLER).then_some(span.name);
    let names: BTreeSet<String> = spans
        .of_trace(TRACE)
        .into_iter()
        .filter_map(below_the_caller)
        .collect();
    let expected = ["admit", "seal", "queue", "deliver", "commit"];
    assert_eq!(names, expected.map(String::from).into());
}
