//! From a signed event to a recorded and reported end, where nothing dies: applied, refused, answered again.

use groundwire_connector::ad::RequestKind;
use groundwire_connector::audit::OperationEvent;
use groundwire_connector::domain::{
    ComputedFlags, Effects, FileTime, MarkerState, OperationId, OperationKind, UserAccountControl,
};
use groundwire_connector::pipeline::Upward;
use groundwire_eventlog::StreamVersion;
use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode, ReasonCode, Stage};
use uuid::Uuid;

use crate::pipeline::fake_ad::Fate;
use crate::pipeline::rig::{Ask, Rig, said, warned};

#[tokio::test]
async fn a_change_is_recorded_step_by_step_applied_once_and_reported() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    process.audit.head().await.unwrap();
    let ask = Ask::new(OperationKind::Change);
    process.handle(rig.event(&ask)).await;
    let Upward::Received(received) = process.next().await else {
        panic!("no receipt")
    };
    assert_eq!(
        (received.operation_id, received.attempt),
        (ask.operation.to_string(), 1)
    );
    assert_eq!(
        received.audit_head.unwrap().log_id,
        process.audit.store_id().to_string()
    );
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
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
    let marker = rig.marker(MarkerState::Written, ask.operation, 5, 1, 0);
    assert_eq!(rig.ad.marker(), Some(marker));
    assert_eq!(process.pipeline.open_operations().await.unwrap().len(), 1);
    process.acknowledge(&report).await;
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "WriteIntended", "Applied", "Reported"]
    );
    process.no_more_frames();
}

#[tokio::test]
async fn the_audit_record_says_who_from_where_for_whom_and_in_which_trace() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask::new(OperationKind::SelfReset);
    process.handle(rig.event(&ask)).await;
    process.outcome().await;
    let records = rig.store.records(&process.audit, ask.operation).await;
    let applied = records.last().unwrap();
    assert_eq!(applied.event_type, "Applied");
    assert_eq!(applied.metadata.actor.as_deref(), Some("portal"));
    assert_eq!(applied.metadata.correlation, Some(ask.operation.uuid()));
    assert_eq!(
        applied.metadata.traceparent.as_deref(),
        Some(ask.traceparent.as_str())
    );
    let body = String::from_utf8(applied.body.clone()).unwrap();
    for told in [
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
        assert!(body.contains(told), "{told} in {body}");
    }
    for record in &records {
        let body = String::from_utf8(record.body.clone()).unwrap();
        for personal in ["ann@corp.example", "192.0.2.7", "CN=test11"] {
            assert!(!body.contains(personal), "{personal} in {body}");
        }
    }
    let personal = String::from_utf8(applied.erasable.clone().unwrap()).unwrap();
    for told in ["ann@corp.example", "192.0.2.7", "otp", "CN=test11,OU=Staff"] {
        assert!(personal.contains(told), "{told} in {personal}");
    }
    let found = process
        .audit
        .operations_in_trace("0af7651916cd43dd8448eb211c80319c")
        .await
        .unwrap();
    assert_eq!(found, [ask.operation]);
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
async fn every_reason_is_told_and_active_directory_is_never_asked() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.account(|account| {
        account.control = Some(UserAccountControl(
            UserAccountControl::NORMAL | UserAccountControl::DISABLED,
        ));
        account.distinguished_name = "CN=test11,OU=Outside,DC=corp,DC=example".to_owned();
    });
    let ask = Ask {
        new: Some("test11".to_owned()),
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&ask)).await;
    let report = process.outcome().await;
    assert_eq!(
        said(&report),
        (
            OutcomeCode::Rejected,
            vec![
                "ACCOUNT_OUT_OF_SCOPE",
                "ACCOUNT_DISABLED",
                "PASSWORD_TOO_SHORT",
                "PASSWORD_NOT_COMPLEX",
                "PASSWORD_CONTAINS_ACCOUNT_NAME"
            ]
        )
    );
    assert_eq!(rig.ad.sent(), 0);
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "Refused"]
    );
}

#[tokio::test]
async fn what_active_directory_refuses_is_final_and_costs_one_try() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad
        .next_write(Fate::Refused(19, "00000056: AtrErr: DSID-03190F00, #1"));
    let ask = Ask::new(OperationKind::Change);
    process.handle(rig.event(&ask)).await;
    let report = process.outcome().await;
    assert_eq!(
        said(&report),
        (OutcomeCode::Rejected, vec!["CURRENT_PASSWORD_INCORRECT"])
    );
    let outcome = report.outcome.as_ref().unwrap();
    assert_eq!(outcome.reasons[0].fields["tries_left"], "4");
    assert_eq!(outcome.evidence.as_ref().unwrap().ad_code, "00000056");
    assert_eq!(rig.ad.sent(), 1);
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "WriteIntended", "Rejected"]
    );
    // Delivered again, by whatever mistake: the same answer, and nothing is sent.
    process.acknowledge(&report).await;
    for attempt in [1, 2] {
        let event = if attempt == 1 {
            rig.event(&ask)
        } else {
            rig.event(&ask.again(2))
        };
        process.handle(event).await;
    }
    let again = process.outcome().await;
    assert_eq!(said(&again), said(&report));
    assert_eq!(again.outcome.unwrap().attempt, 2);
    assert_eq!(rig.ad.sent(), 1);
}

#[tokio::test]
async fn a_policy_refusal_names_what_is_left() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.next_write(Fate::Refused(
        53,
        "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
    ));
    process
        .handle(rig.event(&Ask::new(OperationKind::SelfReset)))
        .await;
    let report = process.outcome().await;
    assert_eq!(
        said(&report),
        (
            OutcomeCode::Rejected,
            vec!["PASSWORD_IN_HISTORY", "PASSWORD_REFUSED_BY_DC"]
        )
    );
}

#[tokio::test]
async fn the_same_event_again_is_answered_from_the_log_and_another_content_is_refused() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask::new(OperationKind::SelfReset);
    let payload = rig.payload(&ask);
    process.handle(rig.sign(&payload)).await;
    let first = process.outcome().await;
    process.handle(rig.sign(&payload)).await;
    let second = process.outcome().await;
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(rig.ad.effects(), [RequestKind::Reset]);
    let mut other = payload.clone();
    other.kind = groundwire_proto::operation::v1::OperationKind::Unlock.into();
    process.handle(rig.sign(&other)).await;
    let mut other = payload.clone();
    other.attempt = 2;
    other.sequence = 6;
    process.handle(rig.sign(&other)).await;
    process.no_more_frames();
    assert_eq!(rig.ad.effects(), [RequestKind::Reset]);
    assert_eq!(refusals(&rig, &process).await, ["REPLAYED", "REPLAYED"]);
}

async fn refusals(rig: &Rig, process: &crate::pipeline::rig::Process) -> Vec<String> {
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
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let payload = rig.payload(&Ask::new(OperationKind::SelfReset));
    let mut forged = rig.sign(&payload);
    forged.event.as_mut().unwrap().payload[10] ^= 1;
    process.handle(forged).await;
    let stranger = Uuid::new_v4().to_string();
    for change in 0..3 {
        let mut other = payload.clone();
        match change {
            0 => other.tenant_id.clone_from(&stranger),
            1 => other.connector_group_id.clone_from(&stranger),
            _ => other.connector_id.clone_from(&stranger),
        }
        process.handle(rig.sign(&other)).await;
    }
    process.no_more_frames();
    assert_eq!(rig.ad.reads(), 0);
    assert_eq!(refusals(&rig, &process).await, ["SIGNATURE_INVALID"; 4]);
}

#[tokio::test]
async fn an_id_or_a_time_in_another_form_than_the_contracts_is_not_understood() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask::new(OperationKind::SelfReset);
    let payload = rig.payload(&ask);
    for change in 0..4 {
        let mut other = payload.clone();
        match change {
            0 => other.operation_id = ask.operation.uuid().simple().to_string(),
            1 => other.account_anchor = rig.anchor.uuid().urn().to_string(),
            2 => other.expires_at.as_mut().unwrap().nanos = 1_000_000_000,
            _ => other.expires_at.as_mut().unwrap().nanos = -1,
        }
        process.handle(rig.sign(&other)).await;
    }
    // An id is the same in upper case (RFC 9562 section 4).
    let mut upper = payload;
    upper.operation_id = upper.operation_id.to_uppercase();
    upper.tenant_id = upper.tenant_id.to_uppercase();
    process.handle(rig.sign(&upper)).await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
    assert_eq!(report.operation_id, ask.operation.to_string());
    assert_eq!(refusals(&rig, &process).await, ["INTERNAL"; 4]);
}

#[tokio::test]
async fn what_comes_too_late_is_expired_without_asking() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask {
        expires_in: -1,
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&ask)).await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Expired, vec!["REQUEST_EXPIRED"])
    );
    assert_eq!((rig.ad.reads(), rig.ad.sent()), (0, 0));
}

#[tokio::test]
async fn a_secret_is_not_used_after_what_it_is_sealed_for_whatever_the_directory_says() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let sealed_until_now = Ask {
        expires_in: -1,
        ..Ask::new(OperationKind::SelfReset)
    };
    let in_time = rig.payload(&Ask::new(OperationKind::SelfReset)).expires_at;
    let mut payload = rig.payload(&sealed_until_now);
    payload.expires_at = in_time;
    process.handle(rig.sign(&payload)).await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Expired, vec!["REQUEST_EXPIRED"])
    );
    assert_eq!((rig.ad.reads(), rig.ad.sent()), (0, 0));
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_says_why() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let mut resealed = rig.payload(&Ask::new(OperationKind::SelfReset));
    resealed.secret.as_mut().unwrap().copies[0].key_id = "00".repeat(16);
    process.handle(rig.sign(&resealed)).await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Failed, vec!["RESEAL_NEEDED"])
    );
    // A copy for our key, moved to another operation.
    let stolen = rig.payload(&Ask::new(OperationKind::SelfReset)).secret;
    let mut moved = rig.payload(&Ask::new(OperationKind::SelfReset));
    moved.secret = stolen;
    process.handle(rig.sign(&moved)).await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Rejected, vec!["SEAL_NOT_OPENABLE"])
    );
    assert_eq!(rig.ad.sent(), 0);
}

#[tokio::test]
async fn what_goes_with_a_password_is_a_second_modify_with_an_intent_of_its_own() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad
        .account(|account| account.computed = Some(ComputedFlags(ComputedFlags::LOCKED)));
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        unlock: true,
        allow_disabled: false,
    };
    let ask = Ask {
        flags,
        ..Ask::new(OperationKind::AdminReset)
    };
    process.handle(rig.event(&ask)).await;
    let report = process.outcome().await;
    assert_eq!((said(&report).0, warned(&report)), (OutcomeCode::Applied, vec![]));
    assert_eq!(
        rig.ad.follow_ups(),
        [Effects {
            unlock: true,
            must_change: true
        }]
    );
    assert_eq!(
        rig.store.history(&process.audit, ask.operation).await,
        ["Received", "WriteIntended", "FollowUpIntended", "Applied"]
    );
    rig.ad.refuse_follow_ups();
    let ask = Ask {
        flags,
        sequence: 6,
        ..Ask::new(OperationKind::AdminReset)
    };
    process.handle(rig.event(&ask)).await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
    assert_eq!(
        warned(&report),
        ["MUST_CHANGE_FLAG_NOT_SET", "UNLOCK_NOT_APPLIED"]
    );
}

#[tokio::test]
async fn unlock_and_require_change_write_their_own_attribute() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    for (sequence, kind) in [(5, OperationKind::Unlock), (6, OperationKind::RequireChange)] {
        let ask = Ask {
            sequence,
            ..Ask::new(kind)
        };
        process.handle(rig.event(&ask)).await;
        assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    }
    assert_eq!(
        rig.ad.effects(),
        [RequestKind::Unlock, RequestKind::RequireChange]
    );
    assert!(rig.ad.follow_ups().is_empty());
}

#[tokio::test]
async fn a_lagging_domain_controller_is_not_written_to_and_a_touched_marker_is_an_alarm() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.set_marker(&rig.marker(MarkerState::Written, OperationId::new(Uuid::new_v4()), 3, 1, 0));
    let behind = Ask {
        last_applied: 4,
        last_version: Some(8),
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&behind)).await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Failed, vec!["DC_STALE"])
    );
    assert_eq!(rig.ad.sent(), 0);
    let touched = Ask {
        last_applied: 4,
        last_version: Some(7),
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&touched)).await;
    let report = process.outcome().await;
    assert_eq!(
        (said(&report).0, warned(&report)),
        (OutcomeCode::Applied, vec!["MARKER_FORGED"])
    );
    rig.set_marker("gw1 0011223344556677 W 9999 11111111-2222-3333-4444-555555555555 1 0 00");
    let forged = Ask {
        sequence: 6,
        last_applied: 5,
        last_version: Some(8),
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&forged)).await;
    let report = process.outcome().await;
    assert_eq!(
        (said(&report).0, warned(&report)),
        (OutcomeCode::Applied, vec!["MARKER_FORGED"])
    );
}

#[tokio::test]
async fn only_the_groups_domain_controller_is_written_to() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask {
        group_dc: "dc2.corp.example".to_owned(),
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&ask)).await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Failed, vec!["DC_UNREACHABLE"])
    );
    let ask = Ask {
        group_dc: "DC1.corp.example.".to_owned(),
        ..Ask::new(OperationKind::SelfReset)
    };
    process.handle(rig.event(&ask)).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
}

#[tokio::test]
async fn where_active_directory_would_not_enforce_its_policy_nothing_is_reset() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.domain_controller(|dc| dc.policy_hints = None);
    process
        .handle(rig.event(&Ask::new(OperationKind::SelfReset)))
        .await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Failed, vec!["POLICY_HINTS_UNSUPPORTED"])
    );
    assert_eq!(rig.ad.sent(), 0);
    // A change needs none: Active Directory enforces all of its policy on it.
    process.handle(rig.event(&Ask::new(OperationKind::Change))).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
}

#[tokio::test]
async fn a_later_operation_is_never_overwritten_by_an_earlier_one() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let later = OperationId::new(Uuid::new_v4());
    rig.set_marker(&rig.marker(MarkerState::Written, later, 9, 1, 0));
    process
        .handle(rig.event(&Ask::new(OperationKind::SelfReset)))
        .await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Superseded, vec!["SUPERSEDED"]));
    assert_eq!(report.outcome.unwrap().reasons[0].fields["by"], later.to_string());
    assert_eq!(rig.ad.sent(), 0);
}

#[tokio::test]
async fn nobody_is_locked_out_from_the_internet() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.account(|account| account.bad_password_count = Some(4));
    process.handle(rig.event(&Ask::new(OperationKind::Change))).await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Rejected, vec!["CURRENT_PASSWORD_TRIES_HELD"])
    );
    assert_eq!(rig.ad.sent(), 0);
    // The count stands in AD until the next try, but no longer counts once the window has passed.
    rig.ad
        .account(|account| account.bad_password_time = Some(FileTime(132_223_104_000_000_000)));
    process.handle(rig.event(&Ask::new(OperationKind::Change))).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_before_the_write_and_then_told() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    rig.ad.next_write(Fate::NotSent);
    process.handle(rig.event(&Ask::new(OperationKind::Change))).await;
    assert_eq!(said(&process.outcome().await).0, OutcomeCode::Applied);
    assert_eq!(rig.ad.sent(), 1);
    rig.ad.set_unreachable(true);
    process
        .handle(rig.event(&Ask {
            sequence: 6,
            ..Ask::new(OperationKind::Change)
        }))
        .await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Failed, vec!["DC_UNREACHABLE"])
    );
    assert!(rig.ad.reads() > 2, "it was tried again");
}

#[tokio::test]
async fn a_clock_that_cannot_be_trusted_writes_nothing() {
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    process.pipeline.set_clock_offset(-500_000);
    process
        .handle(rig.event(&Ask::new(OperationKind::SelfReset)))
        .await;
    assert_eq!(
        said(&process.outcome().await),
        (OutcomeCode::Failed, vec!["CLOCK_UNTRUSTED"])
    );
    assert_eq!(rig.ad.sent(), 0);
}

#[tokio::test]
async fn a_check_gives_the_same_verdict_and_leaves_nothing_behind() {
    let rig = Rig::new().await;
    let process = rig.process().await;
    let bad = Ask {
        new: Some("short".to_owned()),
        ..Ask::new(OperationKind::SelfReset)
    };
    let verdict = process.pipeline.check(rig.check(&bad)).await.unwrap();
    let codes: Vec<ReasonCode> = verdict.reasons.iter().map(|reason| reason.code()).collect();
    assert_eq!(
        codes,
        [ReasonCode::PasswordTooShort, ReasonCode::PasswordNotComplex]
    );
    let verdict = process
        .pipeline
        .check(rig.check(&Ask::new(OperationKind::SelfReset)))
        .await
        .unwrap();
    assert!(verdict.reasons.is_empty());
    assert_eq!(
        verdict.not_checked().collect::<Vec<_>>(),
        [ReasonCode::PasswordInHistory]
    );
    let event = rig.event(&Ask::new(OperationKind::SelfReset));
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
    let rig = Rig::new().await;
    let mut process = rig.process().await;
    let ask = Ask::new(OperationKind::SelfReset);
    process.handle(rig.event(&ask)).await;
    process.outcome().await;
    for record in rig.store.records(&process.audit, ask.operation).await {
        let event = OperationEvent::decode(&record.event_type, record.schema_version, &record.body).unwrap();
        assert_eq!(event.encode().unwrap(), record.body);
    }
}
