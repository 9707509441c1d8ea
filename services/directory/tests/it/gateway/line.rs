//! The line of those who wait for a connector, with a real stream before it.

use std::sync::Arc;

use groundwire_directory::domain::{AccountAnchor, ConnectorGroupId, TenantId};
use groundwire_directory::operations::port::{Place, RouteRequirements, Routes, Turn};
use groundwire_envelope::signed::SigningKey;
use groundwire_kit::testing::wait_until;
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::{Credit, Heartbeat, Hello};
use groundwire_proto::operation::v1::Reason as WireReason;
use groundwire_proto::reasons::{Reason, ReasonCode};
use uuid::Uuid;

use crate::gateway::fake_connector::{ConnectorStream, FakeConnector};
use crate::gateway::rig::{GatewayRig, requirements, short_deadlines};

struct Waiting {
    gateway: GatewayRig,
    of: (TenantId, ConnectorGroupId),
    connector: FakeConnector,
}

impl Waiting {
    async fn start() -> Self {
        let gateway = GatewayRig::start(short_deadlines()).await;
        let of = gateway.create_tenant().await;
        let root = Arc::new(SigningKey::generate().unwrap());
        let connector = gateway.enroll_connector(of, &root).await;
        Self {
            gateway,
            of,
            connector,
        }
    }

    /// A stream with one credit, which is taken.
    async fn without_credit(&mut self, conditions: Vec<WireReason>) -> ConnectorStream {
        let hello = Hello {
            credits: 1,
            conditions,
            ..self.connector.hello()
        };
        let (stream, _welcome) = self.connector.attach_with(hello).await;
        stream
    }

    fn of_account(&self, number: u128) -> RouteRequirements {
        RouteRequirements {
            anchor: AccountAnchor::new(Uuid::from_u128(number)),
            ..requirements(self.of, Vec::new())
        }
    }

    fn line_up(&self, number: u128) -> Place {
        let lined_up = self.gateway.connectors.line_up(&self.of_account(number));
        lined_up.expect_err("there is no route")
    }
}

fn has_come(place: &Place) -> bool {
    matches!(*place.turn.borrow(), Turn::Comes(_))
}

fn reason(place: &Place) -> Option<ReasonCode> {
    match &*place.turn.borrow() {
        Turn::Waits(why) => Some(why.reason.code()),
        Turn::Comes(_) => None,
    }
}

#[tokio::test]
async fn credits_go_along_the_line_and_who_comes_fresh_overtakes_nobody() {
    let mut waiting = Waiting::start().await;
    let stream = waiting.without_credit(Vec::new()).await;
    let connectors = &waiting.gateway.connectors;
    let route = connectors.reserve(&waiting.of_account(0)).unwrap();
    let places: Vec<Place> = (1..=100).map(|number| waiting.line_up(number)).collect();
    // Given back by who did not use it: the first one has it before anybody can come fresh.
    connectors.give_back(&route);
    assert!(has_come(&places[0]));
    // One gives up.
    connectors.leave_line(&waiting.of_account(50), places[49].number);
    for next in (1..100).filter(|place| *place != 49) {
        assert!(connectors.reserve(&waiting.of_account(1_000)).unwrap_err().busy);
        stream.send(Up::Credit(Credit { events: 1 })).await;
        wait_until("its turn comes", async || has_come(&places[next])).await;
        let come = places.iter().filter(|place| has_come(place)).count();
        assert_eq!(come, next + usize::from(next < 49), "in order");
    }
    stream.send(Up::Credit(Credit { events: 1 })).await;
    wait_until("a credit is left", async || {
        connectors.reserve(&waiting.of_account(1_000)).is_ok()
    })
    .await;
}

#[tokio::test]
async fn an_attach_and_a_condition_that_clears_serve_who_waits_at_once() {
    let mut waiting = Waiting::start().await;
    let place = waiting.line_up(1);
    assert_eq!(reason(&place), Some(ReasonCode::NoConnector));
    let down = Reason::new(ReasonCode::DcUnreachable).with("dc", "dc1.example");
    let stream = waiting.without_credit(vec![down.clone().into()]).await;
    wait_until("it learns why", async || {
        reason(&place) == Some(ReasonCode::DcUnreachable)
    })
    .await;
    // An echo says how its connector stands, as a heartbeat does.
    let echo = |conditions| {
        Up::Heartbeat(Heartbeat {
            number: 7,
            echo: true,
            conditions,
            ..Heartbeat::default()
        })
    };
    stream.send(echo(Vec::new())).await;
    wait_until("it is served", async || has_come(&place)).await;
    let next = waiting.line_up(2);
    assert_eq!(reason(&next), Some(ReasonCode::Overloaded));
    stream.send(echo(vec![down.into()])).await;
    wait_until("the next one learns of it", async || {
        reason(&next) == Some(ReasonCode::DcUnreachable)
    })
    .await;
    drop(stream);
    wait_until("and of its end", async || {
        reason(&next) == Some(ReasonCode::NoConnector)
    })
    .await;
    let _stream = waiting.without_credit(Vec::new()).await;
    wait_until("the new stream serves it", async || has_come(&next)).await;
}
