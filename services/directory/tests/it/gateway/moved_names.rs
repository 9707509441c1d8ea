//! A name that has moved: the connector that syncs the group is asked for a sync, whichever of them reported it.

use std::sync::Arc;
use std::time::Duration;

use groundwire_directory::delivery::DeliveryConfig;
use groundwire_envelope::signed::SigningKey;
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{CheckResult, OutcomeReport};
use groundwire_proto::operation::v1::{Outcome, OutcomeCode};
use groundwire_proto::reasons::{Reason, ReasonCode};
use uuid::Uuid;

use crate::gateway::fake_connector::ConnectorStream;
use crate::gateway::rig::{GatewayRig, short_deadlines};

fn outcome(reason: ReasonCode) -> Up {
    Up::Outcome(OutcomeReport {
        operation_id: Uuid::new_v4().to_string(),
        outcome: Some(Outcome {
            code: OutcomeCode::Rejected.into(),
            attempt: 1,
            reasons: vec![Reason::new(reason).into()],
            ..Outcome::default()
        }),
        ..OutcomeReport::default()
    })
}

/// Waits until the connector on this stream is asked for a sync.
async fn sync_requested(stream: &mut ConnectorStream) {
    let pick = |frame| {
        if let Down::SettingsChanged(changed) = frame {
            changed.sync_accounts.then_some(changed)
        } else {
            None
        }
    };
    let changed = stream.until(pick).await.unwrap();
    assert!(changed.settings.is_some(), "all settings, as ever");
}

#[tokio::test]
async fn the_syncer_is_asked_for_a_sync_whoever_reports_that_a_name_has_moved() {
    let gateway = GatewayRig::start(DeliveryConfig {
        sync_requests_apart: Duration::from_millis(100),
        ..short_deadlines()
    })
    .await;
    let of = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let (mut syncer, mut other) = (
        gateway.enroll_connector(of, &root).await,
        gateway.enroll_connector(of, &root).await,
    );
    let (mut syncing, welcome) = syncer.attach().await;
    assert!(welcome.sync_accounts);
    let (not_syncing, welcome) = other.attach().await;
    assert!(!welcome.sync_accounts);
    not_syncing.send(outcome(ReasonCode::AccountNameMoved)).await;
    sync_requested(&mut syncing).await;
    // A check says so, too; and what comes while a request waits is served by that one.
    let verdict = CheckResult {
        check_id: Uuid::new_v4().to_string(),
        reasons: vec![Reason::new(ReasonCode::AccountNameMoved).into()],
        not_checked: Vec::new(),
    };
    syncing.send(Up::CheckResult(verdict)).await;
    syncing.send(outcome(ReasonCode::AccountNameMoved)).await;
    sync_requested(&mut syncing).await;
}
