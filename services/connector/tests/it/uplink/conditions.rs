//! What the connector complains of reaches the directory without waiting for the next heartbeat.

use std::time::Duration;

use groundwire_connector::uplink::Complaint;
use groundwire_kit::testing::wait_until;
use groundwire_proto::gateway::v1::Heartbeat;
use groundwire_proto::reasons::{Reason, ReasonCode};

use crate::uplink::fake_gateway::{FakeGateway, GatewayStream};
use crate::uplink::rig::UplinkRig;

/// Its heartbeat is half a minute away.
async fn attached() -> (FakeGateway, UplinkRig, GatewayStream) {
    let mut gateway = FakeGateway::start().await;
    gateway.next_welcome(|welcome| {
        welcome.heartbeat_interval = Duration::from_secs(30).try_into().ok();
    });
    let rig = UplinkRig::start(&gateway).await;
    let mut stream = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attached).await;
    assert_eq!(names(&stream.next_heartbeat().await), [0; 0]);
    (gateway, rig, stream)
}

fn names(heartbeat: &Heartbeat) -> Vec<i32> {
    heartbeat.conditions.iter().map(|reason| reason.code).collect()
}

#[tokio::test]
async fn a_change_goes_up_at_once_when_it_comes_and_when_it_passes() {
    let (_gateway, rig, mut stream) = attached().await;
    let down = Reason::new(ReasonCode::DcUnreachable);
    rig.conditions.set(Complaint::DomainController, Some(down));
    let heartbeat = stream.next_heartbeat().await;
    assert_eq!(names(&heartbeat), [ReasonCode::DcUnreachable as i32]);
    rig.conditions.set(Complaint::DomainController, None);
    assert_eq!(names(&stream.next_heartbeat().await), [0; 0]);
}

#[tokio::test]
async fn many_changes_at_once_go_up_as_they_stand_in_the_end() {
    let (_gateway, rig, mut stream) = attached().await;
    let before = rig.conditions.clone();
    for _ in 0..50 {
        before.set(
            Complaint::DomainController,
            Some(Reason::new(ReasonCode::DcUnreachable)),
        );
        before.set(Complaint::DomainController, None);
    }
    before.set(
        Complaint::AuditStore,
        Some(Reason::new(ReasonCode::AuditStoreUnavailable)),
    );
    let mut heartbeats = 1;
    while names(&stream.next_heartbeat().await) != [ReasonCode::AuditStoreUnavailable as i32] {
        heartbeats += 1;
    }
    assert!(heartbeats <= 2, "{heartbeats} heartbeats for one moment");
}
