//! From a signed event to a recorded and reported end, where nothing dies and nothing is refused.

use groundwire_connector::ad::RequestKind;
use groundwire_connector::audit::OperationEvent;
use groundwire_connector::domain::{ComputedFlags, Effects, MarkerState, OperationKind};
use groundwire_connector::pipeline::Upward;
use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode, ReasonCode, Stage};

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::fake_ad::WriteFault;
use crate::pipeline::process::{code_and_reasons, warnings};
use crate::pipeline::rig::PipelineRig;

#[tokio::test]
async fn a_change_is_recorded_step_by_step_applied_once_and_reported() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    process.audit.head().await.unwrap();
    let spec = EventSpec::new(OperationKind::Change);
    process.handle(rig.sign_event(&spec)).await;
    let Upward::Received(received) = process.next_frame().await else {
        panic!("no receipt")
    };
    assert_eq!(
        (received.operation_id, received.attempt),
        (spec.operation.to_string(), 1)
    );
    assert_eq!(
        received.audit_head.unwrap().log_id,
        process.audit.store_id().to_string()
    );
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    let outcome = report.outcome.clone().unwrap();
    let evidence = outcome.evidence.unwrap();
    assert_eq!(
        (evidence.dc.as_str(), evidence.ldap_result),
        ("dc1.corp.example", Some(0))
    );
    assert_eq!(evidence.unicode_pwd_version, Some(8));
    assert!(!outcome.recovered && report.dwell.is_some());
    let stages: Vec<Stage> = outcome.durations.iter().map(|took| took.stage()).collect();
    assert_eq!(
        stages,
        [
            Stage::Open,
            Stage::Resolve,
            Stage::Policy,
            Stage::Intent,
            Stage::Write,
            Stage::Record
        ]
    );
    assert_eq!(rig.ad.effects(), [RequestKind::Change]);
    assert_eq!(rig.ad.reads(), 1, "the account is read once");
    let marker = rig.format_marker(MarkerState::Written, spec.operation, 5, 1, 0);
    assert_eq!(rig.ad.marker(), Some(marker));
    assert_eq!(process.pipeline.open_operations().await.unwrap().len(), 1);
    process.acknowledge(&report).await;
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "WriteIntended", "Applied", "Reported"]
    );
    process.assert_no_more_frames();
}

#[tokio::test]
async fn the_audit_record_says_who_from_where_for_whom_and_in_which_trace() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    process.handle(rig.sign_event(&spec)).await;
    process.next_outcome().await;
    let records = rig.store.records(&process.audit, spec.operation).await;
    let applied = records.last().unwrap();
    assert_eq!(applied.event_type, "Applied");
    assert_eq!(applied.metadata.actor.as_deref(), Some("portal"));
    assert_eq!(applied.metadata.correlation, Some(spec.operation.uuid()));
    assert_eq!(
        applied.metadata.traceparent.as_deref(),
        Some(spec.traceparent.as_str())
    );
    let body = String::from_utf8(applied.body.clone()).unwrap();
    for part in [
        r#""anchor":"#,
        r#""kind":"SELF_RESET""#,
        r#""sequence":5"#,
        r#""attempt":1"#,
        r#""role":"self_service""#,
        r#""proof":"told""#,
        r#""dc":"dc1.corp.example""#,
        r#""ldap_result":0"#,
        r#""trace_id":"0af7651916cd43dd8448eb211c80319c""#,
        r#""write_us":"#,
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    for record in &records {
        let body = String::from_utf8(record.body.clone()).unwrap();
        for personal in ["ann@corp.example", "192.0.2.7", "CN=test11"] {
            assert!(!body.contains(personal), "{personal} in {body}");
        }
    }
    let personal = String::from_utf8(applied.erasable.clone().unwrap()).unwrap();
    for part in ["ann@corp.example", "192.0.2.7", "otp", "CN=test11,OU=Staff"] {
        assert!(personal.contains(part), "{part} in {personal}");
    }
    let found = process
        .audit
        .operations_in_trace("0af7651916cd43dd8448eb211c80319c")
        .await
        .unwrap();
    assert_eq!(found, [spec.operation]);
    assert_eq!(
        process
            .audit
            .reader()
            .verify(&[])
            .await
            .unwrap()
            .unwrap()
            .position
            .0,
        3
    );
}

#[tokio::test]
async fn what_goes_with_a_password_is_a_second_modify_with_an_intent_of_its_own() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.ad
        .change_account(|account| account.computed = Some(ComputedFlags(ComputedFlags::LOCKED)));
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        unlock: true,
        allow_disabled: false,
    };
    let spec = EventSpec {
        flags,
        ..EventSpec::new(OperationKind::AdminReset)
    };
    process.handle(rig.sign_event(&spec)).await;
    let report = process.next_outcome().await;
    assert_eq!(
        (code_and_reasons(&report).0, warnings(&report)),
        (OutcomeCode::Applied, vec![])
    );
    assert_eq!(
        rig.ad.follow_ups(),
        [Effects {
            unlock: true,
            must_change: true
        }]
    );
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "WriteIntended", "FollowUpIntended", "Applied"]
    );
    rig.ad.refuse_follow_ups();
    let spec = EventSpec {
        flags,
        sequence: 6,
        ..EventSpec::new(OperationKind::AdminReset)
    };
    process.handle(rig.sign_event(&spec)).await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert_eq!(
        warnings(&report),
        ["MUST_CHANGE_FLAG_NOT_SET", "UNLOCK_NOT_APPLIED"]
    );
}

#[tokio::test]
async fn unlock_and_require_change_write_their_own_attribute() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    for (sequence, kind) in [(5, OperationKind::Unlock), (6, OperationKind::RequireChange)] {
        let spec = EventSpec {
            sequence,
            ..EventSpec::new(kind)
        };
        process.handle(rig.sign_event(&spec)).await;
        assert_eq!(
            code_and_reasons(&process.next_outcome().await).0,
            OutcomeCode::Applied
        );
    }
    assert_eq!(
        rig.ad.effects(),
        [RequestKind::Unlock, RequestKind::RequireChange]
    );
    assert!(rig.ad.follow_ups().is_empty());
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_before_the_write_and_then_told() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.ad.fail_next_write(WriteFault::NotSent);
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::Change)))
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
    assert_eq!(rig.ad.sent(), 1);
    rig.ad.set_unreachable(true);
    process
        .handle(rig.sign_event(&EventSpec {
            sequence: 6,
            ..EventSpec::new(OperationKind::Change)
        }))
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["DC_UNREACHABLE"])
    );
    assert!(rig.ad.reads() > 2, "it was tried again");
}

#[tokio::test]
async fn a_check_gives_the_same_verdict_and_leaves_nothing_behind() {
    let rig = PipelineRig::new().await;
    let process = rig.start_process().await;
    let bad = EventSpec {
        new: Some("short".to_owned()),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    let verdict = process.pipeline.check(rig.sign_check(&bad)).await.unwrap();
    let codes: Vec<ReasonCode> = verdict.reasons.iter().map(|reason| reason.code()).collect();
    assert_eq!(
        codes,
        [ReasonCode::PasswordTooShort, ReasonCode::PasswordNotComplex]
    );
    let verdict = process
        .pipeline
        .check(rig.sign_check(&EventSpec::new(OperationKind::SelfReset)))
        .await
        .unwrap();
    assert!(verdict.reasons.is_empty());
    assert_eq!(
        verdict.not_checked().collect::<Vec<_>>(),
        [
            ReasonCode::PasswordInHistory,
            ReasonCode::PasswordRefusedByDc,
            ReasonCode::RightMissing
        ]
    );
    let event = rig.sign_event(&EventSpec::new(OperationKind::SelfReset));
    let request = groundwire_proto::gateway::v1::CheckRequest { check: event.event };
    assert!(
        process.pipeline.check(request).await.is_none(),
        "an event is not a check"
    );
    assert_eq!(rig.ad.sent(), 0);
    assert_eq!(process.audit.head().await.unwrap().position, 0);
}

#[tokio::test]
async fn what_is_recorded_can_be_read_again_by_its_type() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    process.handle(rig.sign_event(&spec)).await;
    process.next_outcome().await;
    for record in rig.store.records(&process.audit, spec.operation).await {
        let event = OperationEvent::decode(&record.event_type, record.schema_version, &record.body).unwrap();
        assert_eq!(event.encode().unwrap(), record.body);
    }
}
