//! How many checks read Active Directory at once, and what becomes of the others.

use std::time::Duration;

use groundwire_connector::domain::OperationKind;
use groundwire_kit::testing::wait_until;
use groundwire_proto::operation::v1::OutcomeCode;
use groundwire_proto::reasons::ReasonCode;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::code_and_reasons;
use crate::pipeline::rig::PipelineRig;

#[tokio::test]
async fn checks_use_their_share_of_the_domain_controller_and_the_others_are_told_to_come_back() {
    let mut rig = PipelineRig::new().await;
    rig.limits.check_patience = Duration::from_millis(300);
    let mut process = rig.start_process().await;
    rig.ad.set_slow(true);
    let checks: Vec<_> = (0..60)
        .map(|_| {
            let check = rig.sign_check(&EventSpec::new(OperationKind::SelfReset));
            let pipeline = process.pipeline.clone();
            tokio::spawn(async move { pipeline.check(check).await })
        })
        .collect();
    wait_until("two checks read the account", async || rig.ad.reading().0 == 2).await;
    wait_until("the others are refused", async || {
        checks.iter().filter(|check| check.is_finished()).count() == 58
    })
    .await;
    let (over, under_way): (Vec<_>, Vec<_>) = checks.into_iter().partition(|check| check.is_finished());
    for check in over {
        let result = check.await.unwrap().unwrap();
        let codes: Vec<_> = result.reasons.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes, [ReasonCode::Overloaded]);
    }
    assert_eq!(rig.ad.reading(), (2, 2));
    // An operation finds the rest of the connections free.
    let event = rig.sign_event(&EventSpec::new(OperationKind::SelfReset));
    let operation = process.begin(event);
    wait_until("the operation reads beside them", async || {
        rig.ad.reading().0 == 3
    })
    .await;
    rig.ad.set_slow(false);
    operation.await.unwrap();
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    for check in under_way {
        assert!(check.await.unwrap().unwrap().reasons.is_empty());
    }
}

#[tokio::test]
async fn checks_that_read_rights_still_use_their_share() {
    let mut rig = PipelineRig::new().await;
    rig.limits.check_patience = Duration::from_millis(300);
    let process = rig.start_process().await;
    rig.ad.set_rights_slow(true);
    let checks: Vec<_> = (0..12)
        .map(|_| {
            let check = rig.sign_check(&EventSpec::new(OperationKind::SelfReset));
            let pipeline = process.pipeline.clone();
            tokio::spawn(async move { pipeline.check(check).await })
        })
        .collect();
    wait_until("all but two are refused", async || {
        checks.iter().filter(|check| check.is_finished()).count() == 10
    })
    .await;
    assert_eq!(rig.ad.reading(), (2, 2));
    rig.ad.set_rights_slow(false);
    let mut judged = 0;
    for check in checks {
        judged += usize::from(check.await.unwrap().unwrap().reasons.is_empty());
    }
    assert_eq!(judged, 2);
}
