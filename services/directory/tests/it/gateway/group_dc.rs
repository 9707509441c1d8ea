//! What connectors report of their group's DC: where it is, and that it was restored.

use std::sync::Arc;
use std::time::Duration;

use groundwire_directory::domain::{ConnectorGroupId, GroupBinding, OperationId, TenantId};
use groundwire_directory::operations::port::Routes;
use groundwire_envelope::signed::SigningKey;
use groundwire_kit::testing::wait_until;
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::{DomainController, Heartbeat, Hello};
use groundwire_proto::reasons::ReasonCode;
use tokio::time::Instant;
use uuid::Uuid;

use crate::database::soon;
use crate::gateway::fake_connector::ConnectorStream;
use crate::gateway::rig::{GatewayRig, requirements, short_deadlines};

fn dc(host: &str, invocation: u128, domain_controllers: Option<u32>) -> DomainController {
    DomainController {
        host: host.to_owned(),
        invocation_id: Uuid::from_u128(invocation).to_string(),
        policy_hints: true,
        domain_controllers,
    }
}

async fn beat(stream: &ConnectorStream, dc: DomainController) {
    stream
        .send(Up::Heartbeat(Heartbeat {
            number: 1,
            dc: Some(dc),
            ..Heartbeat::default()
        }))
        .await;
}

async fn binding(gateway: &GatewayRig, of: (TenantId, ConnectorGroupId)) -> GroupBinding {
    gateway.store.group_binding(of.0, of.1).await.unwrap()
}

/// The binding of a group after its DC was restored, and the DC says how many there are before and after.
async fn after_a_restore(before: Option<u32>, after: Option<u32>) -> (GroupBinding, Vec<String>) {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let of = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut connector = gateway.enroll_connector(of, &root).await;
    let hello = Hello {
        dc: Some(dc("dc1.example", 1, before)),
        ..connector.hello()
    };
    let (stream, _) = connector.attach_with(hello).await;
    assert_eq!(binding(&gateway, of).await.lost_before_us, None);
    beat(&stream, dc("dc1.example", 2, after)).await;
    wait_until("the new invocation id is recorded", async || {
        let dc = binding(&gateway, of).await.dc.unwrap();
        dc.invocation_id == Uuid::from_u128(2).to_string()
    })
    .await;
    (binding(&gateway, of).await, gateway.events(of.0).await)
}

#[tokio::test]
async fn what_the_only_dc_of_a_domain_lost_when_it_was_restored_may_be_lost_at_once() {
    let (binding, events) = after_a_restore(Some(1), Some(1)).await;
    assert!(binding.lost_before_us.is_some());
    assert_eq!(events.iter().filter(|event| *event == "GroupDcChosen").count(), 2);
}

#[tokio::test]
async fn what_a_restored_dc_with_partners_lost_may_come_back() {
    for (before, after) in [
        (Some(2), Some(2)),
        (Some(2), Some(1)),
        (None, Some(1)),
        (Some(1), None),
    ] {
        let (binding, _) = after_a_restore(before, after).await;
        assert_eq!(binding.lost_before_us, None, "{before:?} {after:?}");
    }
}

#[tokio::test]
async fn a_connector_at_another_dc_than_its_group_is_given_nothing() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let of = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut first = gateway.enroll_connector(of, &root).await;
    let mut second = gateway.enroll_connector(of, &root).await;
    let at = |connector: &crate::gateway::fake_connector::FakeConnector, host: &str, id| Hello {
        dc: Some(dc(host, id, None)),
        ..connector.hello()
    };
    let (first_stream, _) = first.attach_with(at(&first, "dc1.example", 1)).await;
    let (second_stream, _) = second.attach_with(at(&second, "dc2.example", 2)).await;
    // Every account goes to the one that writes, also those that the other would get by their share.
    for anchor in 0..16 {
        let mut requirements = requirements(of, vec![]);
        requirements.anchor = Uuid::from_u128(anchor).to_string().parse().unwrap();
        let route = gateway.route(&requirements).unwrap();
        assert_eq!(route.who.connector.to_string(), first.response.connector_id);
        gateway.connectors.give_back(&route);
    }
    let conditions = |id: &str| {
        let online = gateway.connectors.online(of.0);
        let found = online.iter().find(|one| one.who.connector.to_string() == id);
        let conditions = found.map(|one| one.conditions.clone()).unwrap_or_default();
        conditions.iter().map(|reason| reason.code()).collect::<Vec<_>>()
    };
    assert_eq!(conditions(&first.response.connector_id), []);
    assert_eq!(
        conditions(&second.response.connector_id),
        [ReasonCode::DcMismatch]
    );
    drop(first_stream);
    wait_until("only the other one is left", async || {
        gateway.connectors.online(of.0).len() == 1
    })
    .await;
    let none = gateway.route(&requirements(of, vec![])).unwrap_err();
    assert_eq!(none.reason.code(), ReasonCode::DcMismatch);
    assert_eq!(none.reason.field("group_dc"), Some("dc1.example"));
    assert_eq!(none.reason.field("connector_dc"), Some("dc2.example"));
    assert!(!none.busy);
    assert!(gateway.connectors.ready(of.0, of.1).is_err());
    // It is pointed at the group's DC.
    beat(&second_stream, dc("DC1.example.", 1, None)).await;
    wait_until("it is routed to", async || {
        gateway.route(&requirements(of, vec![])).is_ok()
    })
    .await;
}

#[tokio::test]
async fn what_was_routed_before_a_move_comes_first_and_nothing_is_routed_meanwhile() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let of = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut connector = gateway.enroll_connector(of, &root).await;
    let (_stream, _) = connector.attach().await;
    let needs = requirements(of, vec![]);
    let hold_back = |left: Duration| {
        let connectors = Arc::clone(&gateway.connectors);
        async move { connectors.hold_back(of.0, of.1, Instant::now() + left).await }
    };
    let route = gateway.route(&needs).unwrap();
    let held = tokio::spawn(hold_back(Duration::from_secs(20)));
    wait_until("nothing is routed", async || {
        let refused = gateway
            .route(&needs)
            .map(|route| gateway.connectors.give_back(&route));
        refused.is_err_and(|none| none.busy)
    })
    .await;
    assert!(!held.is_finished(), "what was routed is not sent yet");
    gateway.deliver(&route, OperationId::new(Uuid::new_v4())).await;
    let held = soon(held).await.unwrap().unwrap();
    assert!(gateway.route(&needs).is_err());
    drop(held);
    // What is not used in time ends the wait, and the group goes on.
    let route = gateway.route(&needs).unwrap();
    assert!(hold_back(Duration::from_millis(50)).await.is_none());
    gateway.connectors.give_back(&route);
    assert!(gateway.route(&needs).is_ok());
}
