//! Logs that are not the ones that were seen, as a connector finds them: its own at `Welcome`, the directory's by what
//! `Welcome` says stands there now.

use std::sync::atomic::Ordering;

use groundwire_connector::audit::{AuditLog, ConnectorEvent, connector_events::DcSelected};
use groundwire_connector::domain::ConnectorId;
use groundwire_connector::uplink::Complaint;
use groundwire_kit::testing::wait_until;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::log_head::SeenHead;
use uuid::Uuid;

use crate::pipeline::store::TestAuditStore;
use crate::uplink::fake_gateway::{FakeGateway, GatewayStream};
use crate::uplink::rig::UplinkRig;

async fn grow(audit: &AuditLog, dc: &str, records: usize) {
    for _ in 0..records {
        let selected = ConnectorEvent::DcSelected(DcSelected {
            dc: dc.to_owned(),
            invocation_id: None,
        });
        audit.note(&selected).await.unwrap();
    }
}

/// The first heartbeat that carries a head: what the directory saw before was compared by then.
async fn heartbeat_with_head(stream: &mut GatewayStream) -> (LogHead, Vec<String>) {
    loop {
        let heartbeat = stream.next_heartbeat().await;
        if let Some(head) = heartbeat.head {
            let complaints = heartbeat.conditions.iter().map(|reason| {
                let of = |field: &str| reason.fields.get(field).cloned().unwrap_or_default();
                format!("{} {} {}", of("log"), of("position"), of("hash"))
            });
            return (head, complaints.collect());
        }
    }
}

#[tokio::test]
async fn an_audit_store_that_was_restored_and_has_grown_since_is_alarmed() {
    let store = TestAuditStore::create().await;
    let audit = store.open(ConnectorId::new(Uuid::from_u128(3))).await;
    grow(&audit, "before", 3).await;
    let dump = store.dump().await;
    wait_until("the log takes records again", async || audit.head().await.is_ok()).await;
    grow(&audit, "lost", 3).await;
    let seen = audit.head().await.unwrap();
    drop(audit);
    store.restore_dump(&dump).await;
    let audit = store.open(ConnectorId::new(Uuid::from_u128(3))).await;
    grow(&audit, "after", 8).await;
    assert!(audit.head().await.unwrap().position > seen.position);

    let mut gateway = FakeGateway::start().await;
    gateway.next_welcome(|welcome| welcome.audit_head_seen = Some(seen.into()));
    let rig = UplinkRig::start_with(&gateway, Some(audit)).await;
    let mut stream = gateway.next_stream().await;
    let (_, complaints) = heartbeat_with_head(&mut stream).await;
    let expected = format!("audit {} {}", seen.position, hex::encode(seen.hash));
    assert_eq!(complaints, [expected]);
    assert!(rig.conditions.get(Complaint::AuditLog).is_some());
    assert_eq!(rig.conditions.get(Complaint::DirectoryLog), None);
}

#[tokio::test]
async fn no_head_goes_up_before_what_the_directory_saw_is_compared() {
    let mut gateway = FakeGateway::start().await;
    gateway.next_welcome(|welcome| welcome.audit_head_seen = Some(SeenHead::of_test(4, 2).into()));
    let rig = UplinkRig::start_with(&gateway, None).await;
    rig.work.reads_no_records.store(true, Ordering::SeqCst);
    let mut stream = gateway.next_stream().await;
    for _ in 0..3 {
        assert_eq!(stream.next_heartbeat().await.head, None);
    }
    assert_eq!(rig.conditions.get(Complaint::AuditLog), None);
    rig.work.reads_no_records.store(false, Ordering::SeqCst);
    let (head, complaints) = heartbeat_with_head(&mut stream).await;
    assert_eq!(head.position, 5);
    assert_eq!(complaints, [format!("audit 4 {}", "02".repeat(32))]);
}

#[tokio::test]
async fn a_directory_that_was_restored_and_has_grown_since_is_alarmed() {
    let mut gateway = FakeGateway::start().await;
    let told = SeenHead::of_test(5, 1);
    gateway.next_welcome(|welcome| welcome.directory_head = Some(told.into()));
    let rig = UplinkRig::start(&gateway).await;
    let first = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attachments == 1).await;
    // The same log, which has grown: nothing is wrong.
    gateway.next_welcome(|welcome| {
        welcome.directory_head = Some(SeenHead::of_test(9, 9).into());
        welcome.directory_head_at_seen = Some(told.into());
    });
    first.cut().await;
    let second = gateway.next_stream().await;
    assert_eq!(second.hello.directory_head_seen, Some(told.into()));
    wait_until("the attachment", async || rig.state.borrow().attachments == 2).await;
    assert_eq!(rig.conditions.get(Complaint::DirectoryLog), None);
    // Another record stands where we saw one.
    gateway.next_welcome(|welcome| {
        welcome.directory_head = Some(SeenHead::of_test(20, 2).into());
        welcome.directory_head_at_seen = Some(SeenHead::of_test(9, 8).into());
    });
    second.cut().await;
    let third = gateway.next_stream().await;
    assert_eq!(
        third.hello.directory_head_seen,
        Some(SeenHead::of_test(9, 9).into())
    );
    wait_until("the alarm", async || {
        rig.conditions.get(Complaint::DirectoryLog).is_some()
    })
    .await;
    assert_eq!(rig.conditions.get(Complaint::AuditLog), None);
    assert_eq!(rig.state.borrow().forks, 1);
}
