//! The audit API's filters, over what a real pipeline recorded in a real Postgres, and who may call it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use groundwire_connector::domain::OperationKind;
use groundwire_connector::grpc::{AuditApi, AuditTokens, serve};
use groundwire_envelope::Fingerprint;
use groundwire_kit::clock::{Clock as _, SystemClock};
use groundwire_kit::grpc::CallMetrics;
use groundwire_kit::pki::{CertificateAuthority, Validity};
use groundwire_kit::testing::{call_with_half_a_message, reflected_services, watch_health_to_its_end};
use groundwire_kit::tls::{Connector, ConnectorOptions, ServerIdentity, ServerTrust};
use groundwire_proto::audit::v1::audit_service_client::AuditServiceClient;
use groundwire_proto::audit::v1::audit_service_server::AuditService as _;
use groundwire_proto::audit::v1::{AuditEvent, ListAuditEventsRequest, ListAuditEventsResponse};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};

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

const LIST: &str = "groundwire.audit.v1.AuditService/ListAuditEvents";

/// Serves the audit log of a rig, for who has the token `s3cret`.
async fn serve_audit_api(rig: &PipelineRig, calls: CallMetrics, draining: CancellationToken) -> Channel {
    let hash = Fingerprint::of(b"s3cret");
    let tokens = format!("[[token]]\nsubject = \"ann\"\nrole = \"auditor\"\nsha256 = \"{hash}\"\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.toml");
    std::fs::write(&file, tokens).unwrap();
    let layer = AuditTokens::load(Path::new(&file)).unwrap().layer(calls);
    let validity = Validity {
        now: SystemClock.now(),
        lifetime: Duration::from_secs(86_400),
    };
    let (ca, _) = CertificateAuthority::create("audit API", validity).unwrap();
    let issued = ca.issue_server(&["localhost".to_owned()], validity).unwrap();
    let identity = ServerIdentity::from_pem(&issued.chain_pem, &issued.key.to_pem()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let audit = rig.start_process().await.audit.clone();
    tokio::spawn(async move { serve(listener, &identity, audit, layer, true, draining).await });
    let mut options = ConnectorOptions::new(ServerTrust::RootsPem(ca.certificate_pem().to_owned()));
    options.server_name = Some("localhost".to_owned());
    Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_with_connector_lazy(Connector::new(options).unwrap())
}

#[tokio::test]
async fn the_audit_api_answers_strangers_before_it_has_their_message() {
    let rig = PipelineRig::new().await;
    let calls = CallMetrics::default();
    let channel = serve_audit_api(&rig, calls.clone(), CancellationToken::new()).await;
    let strangers = async {
        // The first one alone: with its answer the client learns how many streams it may have at once.
        call_with_half_a_message(channel.clone(), LIST, &[], 1 << 20).await;
        let wrong = [("authorization", "Bearer other")];
        let call = || call_with_half_a_message(channel.clone(), LIST, &wrong, 1 << 20);
        futures_util::future::join_all((0..100).map(|_| call())).await
    };
    let answers = tokio::time::timeout(Duration::from_secs(20), strangers)
        .await
        .unwrap();
    assert!(
        answers
            .iter()
            .all(|status| status.code() == Code::Unauthenticated),
        "{answers:?}"
    );
    // Reflection is for anybody, and an auditor is let through.
    let [services, _] = reflected_services(channel.clone()).await.unwrap();
    assert!(
        services.iter().any(|service| LIST.starts_with(service)),
        "{services:?}"
    );
    let mut request = Request::new(ListAuditEventsRequest::default());
    request
        .metadata_mut()
        .insert("authorization", "Bearer s3cret".parse().unwrap());
    AuditServiceClient::new(channel)
        .list_audit_events(request)
        .await
        .unwrap();
    let mut registry = Registry::default();
    calls.register(&mut registry);
    let mut counted = String::new();
    encode(&mut counted, &registry).unwrap();
    for (code, count) in [("UNAUTHENTICATED", 101), ("OK", 1)] {
        let line = format!("grpc_call_seconds_count{{method=\"{LIST}\",code=\"{code}\"}} {count}");
        assert!(counted.contains(&line), "{line} in {counted}");
    }
}

#[tokio::test]
async fn whoever_watches_health_is_made_to_leave_when_the_audit_api_stops() {
    let rig = PipelineRig::new().await;
    let draining = CancellationToken::new();
    let channel = serve_audit_api(&rig, CallMetrics::default(), draining.clone()).await;
    let watched = watch_health_to_its_end(channel, || draining.cancel());
    let end = tokio::time::timeout(Duration::from_secs(20), watched)
        .await
        .unwrap();
    assert_eq!(end.code(), Code::Unavailable);
}
