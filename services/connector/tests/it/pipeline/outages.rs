//! The audit store frozen, gone without a word, on a full disk: an operation is refused with the reason and in time,
//! nothing is written to Active Directory, and work goes on by itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use groundwire_connector::audit::ConnectorEvent;
use groundwire_connector::audit::connector_events::Attached;
use groundwire_connector::domain::OperationKind;
use groundwire_kit::testing::{SmallServer, wait_until};
use groundwire_proto::operation::v1::OutcomeCode;
use tokio::time::Instant;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::{PipelineProcess, code_and_reasons};
use crate::pipeline::rig::PipelineRig;
use crate::pipeline::store::TestAuditStore;

/// An append's deadline is 800 ms in these tests, and a unit is answered within twice that.
const IN_TIME: Duration = Duration::from_secs(3);
/// How soon an operation is carried out after the store is well again.
const HEALED_WITHIN: Duration = Duration::from_secs(2);

/// Each operation comes after all before it.
static SEQUENCE: AtomicU64 = AtomicU64::new(10);

/// What became of a reset, and how long that took.
async fn reset(rig: &PipelineRig, process: &mut PipelineProcess) -> (OutcomeCode, Vec<String>, Duration) {
    let began = Instant::now();
    let spec = EventSpec {
        sequence: SEQUENCE.fetch_add(1, Ordering::Relaxed),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&spec)).await;
    let report = process.next_outcome().await;
    let (code, reasons) = code_and_reasons(&report);
    let reasons = reasons.into_iter().map(str::to_owned).collect();
    (code, reasons, began.elapsed())
}

async fn assert_refused(rig: &PipelineRig, process: &mut PipelineProcess) -> Duration {
    let sent = rig.ad.sent();
    let (code, reasons, took) = reset(rig, process).await;
    assert_eq!(
        (code, reasons),
        (OutcomeCode::Failed, vec!["AUDIT_STORE_UNAVAILABLE".to_owned()])
    );
    assert_eq!(rig.ad.sent(), sent, "written without an intent");
    assert!(took < IN_TIME, "{took:?}");
    assert!(!process.audit.takes_records().await);
    took
}

/// The store is well: resets are applied again, soon and for good.
async fn assert_healed(rig: &PipelineRig, process: &mut PipelineProcess) -> Duration {
    let began = Instant::now();
    while reset(rig, process).await.0 != OutcomeCode::Applied {
        assert!(began.elapsed() < HEALED_WITHIN, "not applied");
    }
    let took = began.elapsed();
    assert!(took < HEALED_WITHIN, "{took:?}");
    wait_until("the store takes records", || process.audit.takes_records()).await;
    took
}

#[tokio::test]
async fn while_the_audit_store_is_frozen_an_operation_is_refused_in_time_and_then_applied() {
    let mut rig = PipelineRig::new().await;
    let forwarder = rig.store.behind_forwarder().await;
    let mut process = rig.start_process().await;
    assert_healed(&rig, &mut process).await;
    forwarder.freeze();
    let refused = assert_refused(&rig, &mut process).await;
    forwarder.heal();
    let healed = assert_healed(&rig, &mut process).await;
    println!("audit store frozen: refused after {refused:?}, applied after {healed:?}");
}

#[tokio::test]
async fn when_the_connections_to_the_audit_store_are_gone_without_a_word_work_soon_goes_on() {
    let mut rig = PipelineRig::new().await;
    let forwarder = rig.store.behind_forwarder().await;
    let mut process = rig.start_process().await;
    assert_healed(&rig, &mut process).await;
    forwarder.black_hole();
    let healed = assert_healed(&rig, &mut process).await;
    println!("audit store's connections gone: applied after {healed:?}");
}

#[tokio::test]
async fn with_a_full_audit_store_an_operation_is_refused_at_once_and_the_store_is_told_as_away() {
    let server = SmallServer::start().await;
    let rig = PipelineRig::with_store(TestAuditStore::on(&server).await);
    let mut process = rig.start_process().await;
    assert_healed(&rig, &mut process).await;
    server.fill().await;
    // Until the pages that are there are full. An operation that is under way then waits for space with its outcome.
    let attached = ConnectorEvent::Attached(Attached {
        directory: "directory.example:8444".to_owned(),
    });
    wait_until("the disk is full", async || {
        process.audit.note(&attached).await.is_err()
    })
    .await;
    let refused = assert_refused(&rig, &mut process).await;
    server.free();
    wait_until("the store takes records", || process.audit.takes_records()).await;
    let healed = assert_healed(&rig, &mut process).await;
    println!("audit store full: refused after {refused:?}, applied after {healed:?}");
}
