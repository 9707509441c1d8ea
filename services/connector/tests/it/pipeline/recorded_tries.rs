//! The count of the connector's own records, where Active Directory does not show its count: across restarts, lifted by what
//! lifts Active Directory's, and rebuilt from the log.

use groundwire_connector::audit::AuditLog;
use groundwire_connector::domain::OperationKind;
use groundwire_kit::clock::SystemClock;
use groundwire_proto::operation::v1::OutcomeCode;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::fake_ad::WriteFault;
use crate::pipeline::process::{PipelineProcess, code_and_reasons};
use crate::pipeline::rig::PipelineRig;

const HELD: (OutcomeCode, &[&str]) = (OutcomeCode::Rejected, &["CURRENT_PASSWORD_TRIES_HELD"]);

/// A rig whose account shows no count of wrong passwords. The policy's threshold is 5.
async fn rig_without_count() -> PipelineRig {
    let rig = PipelineRig::new().await;
    rig.ad.change_account(|account| account.bad_password_count = None);
    rig
}

async fn carry_out(
    rig: &PipelineRig,
    process: &mut PipelineProcess,
    kind: OperationKind,
    sequence: u64,
) -> (OutcomeCode, Vec<&'static str>) {
    let spec = EventSpec {
        sequence,
        ..EventSpec::new(kind)
    };
    process.handle(rig.sign_event(&spec)).await;
    code_and_reasons(&process.next_outcome().await)
}

async fn try_wrongly(rig: &PipelineRig, process: &mut PipelineProcess, sequence: u64) {
    rig.ad
        .fail_next_write(WriteFault::Refused(19, "00000056: AtrErr: DSID-03190F00, #1"));
    let outcome = carry_out(rig, process, OperationKind::Change, sequence).await;
    assert_eq!(outcome.1, ["CURRENT_PASSWORD_INCORRECT"]);
}

async fn rows(rig: &PipelineRig) -> Vec<String> {
    sqlx::query_scalar("SELECT t::text FROM connector.wrong_tries t ORDER BY at_ms, operation")
        .fetch_all(&rig.store.owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn wrong_passwords_are_counted_across_restarts_and_lifted_by_a_reset_and_an_unlock() {
    for lifting in [OperationKind::SelfReset, OperationKind::Unlock] {
        let rig = rig_without_count().await;
        let mut process = rig.start_process().await;
        for sequence in 5..9 {
            try_wrongly(&rig, &mut process, sequence).await;
        }
        assert_eq!(rig.ad.sent(), 4);
        drop(process);
        let mut process = rig.start_process().await;
        let held = carry_out(&rig, &mut process, OperationKind::Change, 9).await;
        assert_eq!((held.0, held.1.as_slice()), HELD);
        assert_eq!(rig.ad.sent(), 4, "nothing was sent");
        assert_eq!(
            carry_out(&rig, &mut process, lifting, 10).await.0,
            OutcomeCode::Applied
        );
        assert!(rows(&rig).await.is_empty(), "lifted by {lifting}");
        let after = carry_out(&rig, &mut process, OperationKind::Change, 11).await;
        assert_eq!(after, (OutcomeCode::Applied, vec![]), "after {lifting}");
    }
}

#[tokio::test]
async fn changes_that_were_not_answered_are_counted_like_wrong_ones() {
    let rig = rig_without_count().await;
    let mut process = rig.start_process().await;
    for sequence in 5..9 {
        rig.ad.fail_next_write(WriteFault::LostUnanswered);
        let outcome = carry_out(&rig, &mut process, OperationKind::Change, sequence).await;
        assert_eq!(outcome, (OutcomeCode::Failed, vec!["DC_UNREACHABLE"]));
    }
    assert_eq!((rig.ad.sent(), rows(&rig).await.len()), (4, 4));
    let held = carry_out(&rig, &mut process, OperationKind::Change, 9).await;
    assert_eq!((held.0, held.1.as_slice()), HELD);
    assert_eq!(rig.ad.sent(), 4, "nothing was sent");
    let lifted = carry_out(&rig, &mut process, OperationKind::SelfReset, 10).await;
    assert_eq!(lifted.0, OutcomeCode::Applied);
    assert!(rows(&rig).await.is_empty());
}

#[tokio::test]
async fn a_change_that_never_left_or_was_found_applied_is_not_counted() {
    let rig = rig_without_count().await;
    let mut process = rig.start_process().await;
    rig.ad.fail_next_write(WriteFault::NotSent);
    rig.ad.fail_next_write(WriteFault::AppliedUnanswered);
    let outcome = carry_out(&rig, &mut process, OperationKind::Change, 5).await;
    assert_eq!(outcome.0, OutcomeCode::Applied);
    assert!(rows(&rig).await.is_empty());
}

#[tokio::test]
async fn a_reset_that_could_not_clear_what_active_directory_counted_lifts_nothing() {
    let rig = rig_without_count().await;
    let mut process = rig.start_process().await;
    for sequence in 5..9 {
        try_wrongly(&rig, &mut process, sequence).await;
    }
    rig.ad.refuse_follow_ups();
    let reset = carry_out(&rig, &mut process, OperationKind::SelfReset, 9).await;
    assert_eq!(reset.0, OutcomeCode::Applied);
    let held = carry_out(&rig, &mut process, OperationKind::Change, 10).await;
    assert_eq!((held.0, held.1.as_slice()), HELD);
}

#[tokio::test]
async fn the_count_is_rebuilt_from_the_log() {
    let rig = rig_without_count().await;
    let mut process = rig.start_process().await;
    try_wrongly(&rig, &mut process, 5).await;
    let lifted = carry_out(&rig, &mut process, OperationKind::Unlock, 6).await;
    assert_eq!(lifted.0, OutcomeCode::Applied);
    try_wrongly(&rig, &mut process, 7).await;
    let before = rows(&rig).await;
    assert_eq!(before.len(), 1);
    sqlx::query("DELETE FROM connector.wrong_tries")
        .execute(&rig.store.owner)
        .await
        .unwrap();
    let owner = AuditLog::open(
        rig.store.owner.clone(),
        rig.connector,
        std::sync::Arc::new(SystemClock),
    );
    let owner = owner.await.unwrap();
    owner.rebuild_projection(&mut |_, _| {}).await.unwrap();
    assert_eq!(rows(&rig).await, before);
}

#[tokio::test]
async fn the_service_can_read_no_count_that_its_store_does_not_give_and_then_tries_nothing() {
    let rig = rig_without_count().await;
    let mut process = rig.start_process().await;
    sqlx::query("REVOKE SELECT ON connector.wrong_tries FROM groundwire_test_connector")
        .execute(&rig.store.owner)
        .await
        .unwrap();
    let outcome = carry_out(&rig, &mut process, OperationKind::Change, 5).await;
    assert_eq!(outcome, (OutcomeCode::Failed, vec!["AUDIT_STORE_UNAVAILABLE"]));
    assert_eq!(rig.ad.sent(), 0);
}
