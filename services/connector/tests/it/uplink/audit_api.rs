//! The audit API's filters, over what a real pipeline recorded in a real Postgres.

use std::collections::BTreeSet;

use groundwire_connector::domain::OperationKind;
use groundwire_connector::grpc::AuditApi;
use groundwire_proto::audit::v1::audit_service_server::AuditService as _;
use groundwire_proto::audit::v1::{AuditEvent, ListAuditEventsRequest, ListAuditEventsResponse};
use tonic::Request;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::rig::PipelineRig;

async fn list(api: &AuditApi, request: ListAuditEventsRequest) -> ListAuditEventsResponse {
    api.list_audit_events(Request::new(request))
        .await
        .unwrap()
        .into_inner()
}

fn operations(events: &[AuditEvent]) -> BTreeSet<String> {
    events.iter().map(|event| event.operation_id.clone()).collect()
}

#[tokio::test]
async fn audit_events_are_found_by_operation_and_by_trace() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let first = EventSpec::new(OperationKind::SelfReset);
    let second = EventSpec {
        sequence: 6,
        traceparent: "00-11111111111111111111111111111111-b7ad6b7169203331-01".to_owned(),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    for spec in [&first, &second] {
        process.handle(rig.sign_event(spec)).await;
        process.next_outcome().await;
    }
    let api = AuditApi::new(process.audit.clone());

    let by_operation = ListAuditEventsRequest {
        operation_id: first.operation.to_string(),
        ..ListAuditEventsRequest::default()
    };
    let found = list(&api, by_operation.clone()).await;
    assert_eq!(
        operations(&found.audit_events),
        [first.operation.to_string()].into()
    );
    let types: Vec<&str> = found
        .audit_events
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    assert_eq!(types, ["Received", "WriteIntended", "Applied"]);
    let received = &found.audit_events[0];
    assert_eq!(received.trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(received.actor, "portal");
    assert!(received.personal_json.contains("192.0.2.7"));
    assert!(!received.body_json.contains("192.0.2.7"));

    let by_trace = ListAuditEventsRequest {
        trace_id: "1".repeat(32),
        page_size: 2,
        ..ListAuditEventsRequest::default()
    };
    let page = list(&api, by_trace.clone()).await;
    assert_eq!(page.audit_events.len(), 2);
    let rest = ListAuditEventsRequest {
        page_token: page.next_page_token.clone(),
        ..by_trace
    };
    let last = list(&api, rest).await;
    assert_eq!(last.next_page_token, "");
    let of_trace: Vec<AuditEvent> = page.audit_events.into_iter().chain(last.audit_events).collect();
    assert_eq!(of_trace.len(), 3);
    assert_eq!(operations(&of_trace), [second.operation.to_string()].into());

    // A token is good for the listing that it came from, and for no other.
    let elsewhere = ListAuditEventsRequest {
        page_token: page.next_page_token,
        ..by_operation
    };
    assert!(api.list_audit_events(Request::new(elsewhere)).await.is_err());
    let neither = ListAuditEventsRequest {
        operation_id: first.operation.to_string(),
        trace_id: "1".repeat(32),
        ..ListAuditEventsRequest::default()
    };
    assert_eq!(list(&api, neither).await.audit_events, []);
}
