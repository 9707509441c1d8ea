//! What is refused, or ends before anything is written, and what of it is said.

use groundwire_connector::domain::{FileTime, MarkerState, OperationId, OperationKind, UserAccountControl};
use groundwire_proto::operation::v1::OutcomeCode;
use uuid::Uuid;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::fake_ad::{DC, WriteFault};
use crate::pipeline::process::{code_and_reasons, warnings};
use crate::pipeline::rig::PipelineRig;

#[tokio::test]
async fn every_reason_is_told_and_active_directory_is_never_asked() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.ad.change_account(|account| {
        account.control = Some(UserAccountControl(
            UserAccountControl::NORMAL | UserAccountControl::DISABLED,
        ));
        account.distinguished_name = "CN=test11,OU=Outside,DC=corp,DC=example".to_owned();
    });
    let spec = EventSpec {
        new: Some("test11".to_owned()),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&spec)).await;
    let report = process.next_outcome().await;
    assert_eq!(
        code_and_reasons(&report),
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
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "Refused"]
    );
}

#[tokio::test]
async fn what_active_directory_refuses_is_final_and_costs_one_try() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.ad
        .fail_next_write(WriteFault::Refused(19, "00000056: AtrErr: DSID-03190F00, #1"));
    let spec = EventSpec::new(OperationKind::Change);
    process.handle(rig.sign_event(&spec)).await;
    let report = process.next_outcome().await;
    assert_eq!(
        code_and_reasons(&report),
        (OutcomeCode::Rejected, vec!["CURRENT_PASSWORD_INCORRECT"])
    );
    let outcome = report.outcome.as_ref().unwrap();
    assert_eq!(outcome.reasons[0].fields["tries_left"], "4");
    assert_eq!(outcome.evidence.as_ref().unwrap().ad_code, "00000056");
    assert_eq!(rig.ad.sent(), 1);
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "WriteIntended", "Rejected"]
    );
    // Delivered again, by whatever mistake: the same answer, and nothing is sent.
    process.acknowledge(&report).await;
    for attempt in [1, 2] {
        let event = if attempt == 1 {
            rig.sign_event(&spec)
        } else {
            rig.sign_event(&spec.with_attempt(2))
        };
        process.handle(event).await;
    }
    let again = process.next_outcome().await;
    assert_eq!(code_and_reasons(&again), code_and_reasons(&report));
    assert_eq!(again.outcome.unwrap().attempt, 2);
    assert_eq!(rig.ad.sent(), 1);
}

#[tokio::test]
async fn a_policy_refusal_names_what_is_left() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.ad.fail_next_write(WriteFault::Refused(
        53,
        "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
    ));
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::SelfReset)))
        .await;
    let report = process.next_outcome().await;
    assert_eq!(
        code_and_reasons(&report),
        (
            OutcomeCode::Rejected,
            vec!["PASSWORD_IN_HISTORY", "PASSWORD_REFUSED_BY_DC"]
        )
    );
}

#[tokio::test]
async fn what_comes_too_late_is_expired_without_asking() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec {
        expires_in: -1,
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&spec)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Expired, vec!["REQUEST_EXPIRED"])
    );
    assert_eq!((rig.ad.reads(), rig.ad.sent()), (0, 0));
}

#[tokio::test]
async fn a_lagging_domain_controller_is_not_written_to_and_a_touched_marker_is_an_alarm() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.set_marker(&rig.format_marker(MarkerState::Written, OperationId::new(Uuid::new_v4()), 3, 1, 0));
    let behind = EventSpec {
        last_applied: 4,
        last_version: Some(8),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&behind)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["DC_STALE"])
    );
    assert_eq!(rig.ad.sent(), 0);
    let touched = EventSpec {
        last_applied: 4,
        last_version: Some(7),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&touched)).await;
    let report = process.next_outcome().await;
    assert_eq!(
        (code_and_reasons(&report).0, warnings(&report)),
        (OutcomeCode::Applied, vec!["MARKER_FORGED"])
    );
    rig.set_marker("gw1 0011223344556677 W 9999 11111111-2222-3333-4444-555555555555 1 0 00");
    let forged = EventSpec {
        sequence: 6,
        last_applied: 5,
        last_version: Some(8),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&forged)).await;
    let report = process.next_outcome().await;
    assert_eq!(
        (code_and_reasons(&report).0, warnings(&report)),
        (OutcomeCode::Applied, vec!["MARKER_FORGED"])
    );
}

#[tokio::test]
async fn what_is_accepted_as_lost_holds_up_no_account() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.set_marker(&rig.format_marker(MarkerState::Written, OperationId::new(Uuid::new_v4()), 2, 1, 0));
    // The domain controller was restored: it has neither the marker nor the password that the directory knows of.
    let held_up = EventSpec {
        last_applied: 4,
        last_version: Some(1_000),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&held_up)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["DC_STALE"])
    );
    let accepted = EventSpec {
        operation: OperationId::new(Uuid::new_v4()),
        sequence: 6,
        last_may_be_lost: true,
        ..held_up
    };
    process.handle(rig.sign_event(&accepted)).await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert_eq!(warnings(&report), Vec::<&str>::new());
}

#[tokio::test]
async fn only_the_groups_domain_controller_is_written_to() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec {
        group_dc: "dc2.corp.example".to_owned(),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&spec)).await;
    let report = process.next_outcome().await;
    assert_eq!(
        code_and_reasons(&report),
        (OutcomeCode::Failed, vec!["DC_MISMATCH"])
    );
    let fields = &report.outcome.unwrap().reasons[0].fields;
    assert_eq!(
        (fields["group_dc"].as_str(), fields["connector_dc"].as_str()),
        ("dc2.corp.example", DC)
    );
    assert_eq!(rig.ad.sent(), 0);
    let spec = EventSpec {
        group_dc: "DC1.corp.example.".to_owned(),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&spec)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
}

#[tokio::test]
async fn where_active_directory_would_not_enforce_its_policy_nothing_is_reset() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.ad.change_domain_controller(|dc| dc.policy_hints = None);
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::SelfReset)))
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["POLICY_HINTS_UNSUPPORTED"])
    );
    assert_eq!(rig.ad.sent(), 0);
    // A change needs none: Active Directory enforces all of its policy on it.
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::Change)))
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
}

#[tokio::test]
async fn a_later_operation_is_never_overwritten_by_an_earlier_one() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let later = OperationId::new(Uuid::new_v4());
    rig.set_marker(&rig.format_marker(MarkerState::Written, later, 9, 1, 0));
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::SelfReset)))
        .await;
    let report = process.next_outcome().await;
    assert_eq!(
        code_and_reasons(&report),
        (OutcomeCode::Superseded, vec!["SUPERSEDED"])
    );
    let fields = &report.outcome.unwrap().reasons[0].fields;
    // A directory that was restored, and gave a number a second time, learns behind which one it is to go on.
    assert_eq!(
        (fields["by"].as_str(), fields["sequence"].as_str()),
        (later.to_string().as_str(), "9")
    );
    assert_eq!(rig.ad.sent(), 0);
}

#[tokio::test]
async fn nobody_is_locked_out_from_the_internet() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.ad
        .change_account(|account| account.bad_password_count = Some(4));
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::Change)))
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Rejected, vec!["CURRENT_PASSWORD_TRIES_HELD"])
    );
    assert_eq!(rig.ad.sent(), 0);
    // The count stands in AD until the next try, but no longer counts once the window has passed.
    rig.ad
        .change_account(|account| account.bad_password_time = Some(FileTime(132_223_104_000_000_000)));
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::Change)))
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
}

#[tokio::test]
async fn a_clock_that_cannot_be_trusted_finds_out_and_fences_and_writes_nothing() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    process.pipeline.set_clock_offset(-500_000);
    let spec = EventSpec::new(OperationKind::SelfReset).with_attempt(2);
    process.handle(rig.sign_event(&spec)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["CLOCK_UNTRUSTED"])
    );
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "FenceIntended", "Fenced", "Failed"]
    );
    assert_eq!(rig.ad.sent(), 0);
    // By what the directory signed, too; and what an earlier attempt wrote is found.
    process.pipeline.set_clock_offset(0);
    let late = EventSpec {
        sequence: 6,
        ..EventSpec::new(OperationKind::SelfReset).with_attempt(2)
    };
    let mut payload = rig.build_payload(&late);
    payload.signed_at.as_mut().unwrap().seconds += 500;
    process.handle(rig.sign_payload(&payload)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["CLOCK_UNTRUSTED"])
    );
    let written = EventSpec {
        sequence: 7,
        ..EventSpec::new(OperationKind::SelfReset).with_attempt(2)
    };
    rig.set_marker(&rig.format_marker(MarkerState::Written, written.operation, 7, 1, 0));
    process.pipeline.set_clock_offset(-500_000);
    process.handle(rig.sign_event(&written)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
    assert_eq!(rig.ad.sent(), 0);
}

#[tokio::test]
async fn a_clock_that_cannot_be_trusted_writes_nothing() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    process.pipeline.set_clock_offset(-500_000);
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::SelfReset)))
        .await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["CLOCK_UNTRUSTED"])
    );
    assert_eq!(rig.ad.sent(), 0);
}
