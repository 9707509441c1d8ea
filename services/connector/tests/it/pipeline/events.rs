//! Which events are taken up: signed for this connector, in the forms of the contract, once, with a secret that opens.

use groundwire_connector::ad::RequestKind;
use groundwire_connector::domain::OperationKind;
use groundwire_eventlog::StreamVersion;
use groundwire_proto::gateway::v1::NotTakenCause;
use groundwire_proto::operation::v1::OutcomeCode;
use uuid::Uuid;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::code_and_reasons;
use crate::pipeline::rig::PipelineRig;

#[tokio::test]
async fn the_same_event_again_is_answered_from_the_log_and_another_content_is_refused() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    let payload = rig.build_payload(&spec);
    process.handle(rig.sign_payload(&payload)).await;
    let first = process.next_outcome().await;
    process.handle(rig.sign_payload(&payload)).await;
    let second = process.next_outcome().await;
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(rig.ad.effects(), [RequestKind::Reset]);
    let mut other = payload.clone();
    other.kind = groundwire_proto::operation::v1::OperationKind::Unlock.into();
    process.handle(rig.sign_payload(&other)).await;
    let mut other = payload.clone();
    other.attempt = 2;
    other.sequence = 6;
    process.handle(rig.sign_payload(&other)).await;
    // The first attempt was received, in its first form; the second one was not.
    assert_eq!(process.next_not_taken().await, (2, NotTakenCause::ContradictsLog));
    process.assert_no_more_frames();
    assert_eq!(rig.ad.effects(), [RequestKind::Reset]);
    assert_eq!(refusals(&rig, &process).await, ["REPLAYED", "REPLAYED"]);
}

async fn refusals(rig: &PipelineRig, process: &crate::pipeline::process::PipelineProcess) -> Vec<String> {
    let stream = groundwire_eventlog::StreamName::of("connector", rig.connector.uuid()).unwrap();
    let records = process
        .audit
        .reader()
        .read_stream(&stream, StreamVersion::ZERO, 100)
        .await
        .unwrap();
    let refused = records
        .iter()
        .filter(|record| record.event_type == "EventRefused");
    refused
        .map(|record| serde_json::from_slice::<serde_json::Value>(&record.body).unwrap())
        .map(|body| body["reason"]["code"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_is_not_signed_for_this_connector_becomes_nothing() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let payload = rig.build_payload(&EventSpec::new(OperationKind::SelfReset));
    let mut forged = rig.sign_payload(&payload);
    forged.event.as_mut().unwrap().payload[10] ^= 1;
    process.handle(forged.clone()).await;
    let not_verified = (1, NotTakenCause::NotVerified);
    assert_eq!(process.next_not_taken().await, not_verified);
    let stranger = Uuid::new_v4().to_string();
    for change in 0..3 {
        let mut other = payload.clone();
        match change {
            0 => other.tenant_id.clone_from(&stranger),
            1 => other.connector_group_id.clone_from(&stranger),
            _ => other.connector_id.clone_from(&stranger),
        }
        process.handle(rig.sign_payload(&other)).await;
        assert_eq!(process.next_not_taken().await, not_verified);
    }
    // From a directory of before, which does not say what it is about, there is nothing to answer.
    forged.operation_id = String::new();
    process.handle(forged.clone()).await;
    process.assert_no_more_frames();
    // What was answered stays true, for that attempt and for no other one.
    process.handle(rig.sign_payload(&payload)).await;
    assert_eq!(process.next_not_taken().await, not_verified);
    assert_eq!(rig.ad.reads(), 0);
    let mut second = payload.clone();
    second.attempt = 2;
    process.handle(rig.sign_payload(&second)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
    // Of what was received nobody can make it say that it was not.
    forged.operation_id = payload.operation_id;
    forged.attempt = 2;
    process.handle(forged).await;
    process.assert_no_more_frames();
    assert_eq!(refusals(&rig, &process).await, ["SIGNATURE_INVALID"; 6]);
}

#[tokio::test]
async fn an_id_or_a_time_in_another_form_than_the_contracts_is_not_understood() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    let payload = rig.build_payload(&spec);
    for change in 0..4 {
        let mut other = payload.clone();
        match change {
            0 => other.operation_id = spec.operation.uuid().simple().to_string(),
            1 => other.account_anchor = rig.anchor.uuid().urn().to_string(),
            2 => other.expires_at.as_mut().unwrap().nanos = 1_000_000_000,
            _ => other.expires_at.as_mut().unwrap().nanos = -1,
        }
        process.handle(rig.sign_payload(&other)).await;
        if change > 0 {
            let not_understood = (1, NotTakenCause::NotUnderstood);
            assert_eq!(process.next_not_taken().await, not_understood);
        }
    }
    process.assert_no_more_frames();
    // An id is the same in upper case (RFC 9562 section 4).
    let mut upper = payload;
    upper.operation_id = upper.operation_id.to_uppercase();
    upper.tenant_id = upper.tenant_id.to_uppercase();
    upper.attempt = 2;
    process.handle(rig.sign_payload(&upper)).await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert_eq!(report.operation_id, spec.operation.to_string());
    assert_eq!(refusals(&rig, &process).await, ["INTERNAL"; 4]);
}

#[tokio::test]
async fn a_secret_is_not_used_after_what_it_is_sealed_for_whatever_the_directory_says() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let sealed_until_now = EventSpec {
        expires_in: -1,
        ..EventSpec::new(OperationKind::SelfReset)
    };
    let in_time = rig
        .build_payload(&EventSpec::new(OperationKind::SelfReset))
        .expires_at;
    let mut payload = rig.build_payload(&sealed_until_now);
    payload.expires_at = in_time;
    process.handle(rig.sign_payload(&payload)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Expired, vec!["REQUEST_EXPIRED"])
    );
    assert_eq!((rig.ad.reads(), rig.ad.sent()), (0, 0));
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_says_why() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let mut resealed = rig.build_payload(&EventSpec::new(OperationKind::SelfReset));
    resealed.secret.as_mut().unwrap().copies[0].key_id = "00".repeat(16);
    process.handle(rig.sign_payload(&resealed)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["RESEAL_NEEDED"])
    );
    // A copy for our key, moved to another operation.
    let stolen = rig
        .build_payload(&EventSpec::new(OperationKind::SelfReset))
        .secret;
    let mut moved = rig.build_payload(&EventSpec::new(OperationKind::SelfReset));
    moved.secret = stolen;
    process.handle(rig.sign_payload(&moved)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Rejected, vec!["SEAL_NOT_OPENABLE"])
    );
    assert_eq!(rig.ad.sent(), 0);
}
