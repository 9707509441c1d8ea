//! The stream: who gets it, what goes over it, how it ends.

use std::sync::Arc;
use std::time::Duration;

use groundwire_directory::delivery::DeliveryConfig;
use groundwire_directory::domain::{ConnectorGroupId, OperationId, TenantId};
use groundwire_directory::operations::port::{Keys, Routes};
use groundwire_envelope::signed::SigningKey;
use groundwire_kit::testing;
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{
    Credit, DomainController, Heartbeat, Hello, OpenOperation, OutcomeReport, Received, RecordedDisposition,
};
use groundwire_proto::operation::v1::Outcome;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tonic::Code;
use tracing::subscriber::DefaultGuard;
use uuid::Uuid;

use crate::fake_operations::PortCall;
use crate::gateway::fake_connector::FakeConnector;
use crate::gateway::rig::{GatewayRig, requirements, short_deadlines};
use groundwire_kit::testing::wait_until;

/// What delivery logs while a test runs (on the test's own thread), with ids masked.
struct Log {
    lines: testing::LogLines,
    _listening: DefaultGuard,
}

impl Log {
    fn listen() -> Self {
        let lines = testing::LogLines::default();
        let _listening = lines.listen();
        Self { lines, _listening }
    }

    /// Whether a line has all of these words.
    fn has(&self, words: &[&str]) -> bool {
        let lines = self.lines.lines();
        lines
            .iter()
            .any(|line| words.iter().all(|word| line.contains(word)))
    }
}

/// The line that says that an event arrived at its connector.
const RECEIVED: &[&str] = &["message=event received", "attempt=1"];

/// The line that says that a stream is lost.
const LOST: &str = "stream is lost";

async fn one(config: DeliveryConfig) -> (GatewayRig, (TenantId, ConnectorGroupId), FakeConnector) {
    let gateway = GatewayRig::start(config).await;
    let of = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let connector = gateway.enroll_connector(of, &root).await;
    (gateway, of, connector)
}

fn dc(host: &str, id: u128) -> Option<DomainController> {
    Some(DomainController {
        host: host.to_owned(),
        invocation_id: Uuid::from_u128(id).to_string(),
        policy_hints: true,
        domain_controllers: None,
    })
}

fn received(operation: OperationId) -> Up {
    Up::Received(Received {
        operation_id: operation.to_string(),
        attempt: 1,
        audit_head: None,
    })
}

#[tokio::test]
async fn the_log_line_of_an_attach_names_the_hybrid_key_exchange() {
    let log = Log::listen();
    let (_gateway, _, mut connector) = one(short_deadlines()).await;
    let _attached = connector.attach().await;
    wait_until("the log line", async || {
        log.has(&["message=connector attached", "key_exchange= X25519MLKEM768"])
    })
    .await;
}

#[tokio::test]
async fn welcome_is_first_and_tells_the_fate_of_what_is_open() {
    let (gateway, of, mut connector) = one(short_deadlines()).await;
    let open = OpenOperation {
        operation_id: Uuid::from_u128(9).to_string(),
        attempt: 2,
        state: 1,
        secret_gone: false,
    };
    let hello = Hello {
        open_operations: vec![open.clone()],
        dc: dc("dc1.example", 1),
        ..connector.hello()
    };
    let (_stream, welcome) = connector.attach_with(hello).await;
    assert_eq!(welcome.fates[0].operation_id, open.operation_id);
    assert_eq!(welcome.group_dc, dc("dc1.example", 1));
    assert!(welcome.sync_accounts);
    assert!(welcome.directory_head.is_some_and(|head| head.position >= 4));
    assert_eq!(
        welcome.heartbeat_interval.map(|interval| interval.seconds),
        Some(10)
    );
    wait_until("operations are told", async || {
        gateway
            .operations
            .was_called_with(|told| matches!(told, PortCall::Ready(_)))
    })
    .await;
    let events = gateway.events(of.0).await;
    assert_eq!(
        events[2..],
        ["ConnectorAttached", "SealingKeyRotated", "GroupDcChosen"]
    );
    let keys = gateway.connectors.sealing_keys(of.0, of.1).await.unwrap();
    assert_eq!(keys, [connector.sealing.public_key().clone()]);
}

#[tokio::test]
async fn the_groups_dc_is_its_first_connectors() {
    let (gateway, of, mut first) = one(short_deadlines()).await;
    let hello = Hello {
        dc: dc("dc1.example", 1),
        ..first.hello()
    };
    let (_first, _) = first.attach_with(hello).await;
    let (stream, welcome) = first
        .attach_with(Hello {
            dc: dc("dc2.example", 2),
            ..first.hello()
        })
        .await;
    assert_eq!(welcome.group_dc, dc("dc1.example", 1));
    drop(stream);
    let binding = gateway.store.group_binding(of.0, of.1).await.unwrap();
    assert_eq!(binding.dc, dc("dc1.example", 1).map(Into::into));
}

#[tokio::test]
async fn an_event_is_delivered_confirmed_and_its_outcome_recorded_once() {
    let log = Log::listen();
    let (gateway, of, mut connector) = one(short_deadlines()).await;
    let (mut stream, _) = connector.attach().await;
    let route = gateway
        .route(&requirements(of, vec![connector.sealing.id()]))
        .unwrap();
    let operation = OperationId::new(Uuid::new_v4());
    gateway.deliver(&route, operation).await;
    stream
        .until(|frame| matches!(frame, Down::PasswordEvent(_)).then_some(()))
        .await
        .unwrap();
    stream.send(received(operation)).await;
    let report = OutcomeReport {
        operation_id: operation.to_string(),
        outcome: Some(Outcome {
            code: 1,
            attempt: 1,
            ..Outcome::default()
        }),
        ..OutcomeReport::default()
    };
    for expected in [RecordedDisposition::Committed, RecordedDisposition::Repeated] {
        stream.send(Up::Outcome(report.clone())).await;
        let pick = |frame| {
            if let Down::OutcomeRecorded(recorded) = frame {
                Some(recorded)
            } else {
                None
            }
        };
        assert_eq!(stream.until(pick).await.unwrap().disposition(), expected);
    }
    assert!(log.has(RECEIVED));
    assert_eq!(gateway.connectors.online(of.0)[0].in_flight, 0);
}

#[tokio::test]
async fn no_more_is_routed_than_there_is_credit() {
    let (gateway, of, mut connector) = one(short_deadlines()).await;
    let (stream, _) = connector
        .attach_with(Hello {
            credits: 2,
            ..connector.hello()
        })
        .await;
    let route = gateway.route(&requirements(of, vec![])).unwrap();
    gateway.route(&requirements(of, vec![])).unwrap();
    let none = gateway.route(&requirements(of, vec![])).unwrap_err();
    assert!(none.busy);
    gateway.connectors.give_back(&route);
    gateway.route(&requirements(of, vec![])).unwrap();
    stream.send(Up::Credit(Credit { events: 1 })).await;
    wait_until("the credit counts", async || {
        gateway.route(&requirements(of, vec![])).is_ok()
    })
    .await;
}

#[tokio::test]
async fn nobody_is_routed_to_who_cannot_do_it() {
    let (gateway, of, mut connector) = one(short_deadlines()).await;
    let code = |key_ids| {
        gateway
            .route(&requirements(of, key_ids))
            .map(|_| ())
            .map_err(|none| none.reason.code())
    };
    assert_eq!(code(vec![]), Err(ReasonCode::NoConnector));
    let down = Reason::new(ReasonCode::DcUnreachable).with("dc", "dc1.example");
    let hello = Hello {
        conditions: vec![down.into()],
        ..connector.hello()
    };
    let (stream, _) = connector.attach_with(hello).await;
    assert_eq!(code(vec![]), Err(ReasonCode::DcUnreachable));
    assert!(gateway.connectors.ready(of.0, of.1).is_err());
    stream
        .send(Up::Heartbeat(Heartbeat {
            number: 1,
            ..Heartbeat::default()
        }))
        .await;
    wait_until("the condition passes", async || {
        code(vec![connector.sealing.id()]).is_ok()
    })
    .await;
    let other = groundwire_envelope::KeyId::of(b"another key");
    assert_eq!(code(vec![other]), Err(ReasonCode::ResealNeeded));
}

#[tokio::test]
async fn the_newer_stream_of_a_connector_wins() {
    let log = Log::listen();
    let (gateway, of, mut connector) = one(short_deadlines()).await;
    let (mut old, _) = connector.attach().await;
    let first = gateway.route(&requirements(of, vec![])).unwrap();
    let (_new, welcome) = connector.attach().await;
    assert!(welcome.sync_accounts);
    let second = gateway.route(&requirements(of, vec![])).unwrap();
    assert_ne!(first.who.session, second.who.session);
    // What the old one still has to say is heard until its grace is over.
    let operation = OperationId::new(Uuid::new_v4());
    old.send(received(operation)).await;
    assert_eq!(old.end().await.unwrap().code(), Code::Aborted);
    assert!(log.has(RECEIVED));
    assert!(!log.has(&[LOST]));
    assert_eq!(gateway.connectors.online(of.0).len(), 1);
}

#[tokio::test]
async fn heartbeats_go_both_ways_and_bound_the_clock() {
    let config = DeliveryConfig {
        heartbeat_interval: Duration::from_millis(200),
        ..short_deadlines()
    };
    let (gateway, of, mut connector) = one(config).await;
    let (mut stream, _) = connector.attach().await;
    stream
        .send(Up::Heartbeat(Heartbeat {
            number: 41,
            ..Heartbeat::default()
        }))
        .await;
    let pick = |echo| {
        move |frame| {
            if let Down::Heartbeat(beat) = frame {
                (beat.echo == echo).then_some(beat)
            } else {
                None
            }
        }
    };
    let echo = stream.until(pick(true)).await.unwrap();
    assert_eq!(echo.number, 41);
    let beat = stream.until(pick(false)).await.unwrap();
    assert!(beat.head.is_some());
    let ahead = beat.sent_at.map(|mut at| {
        at.seconds += 60;
        at
    });
    stream
        .send(Up::Heartbeat(Heartbeat {
            number: beat.number,
            echo: true,
            sent_at: ahead,
            ..Heartbeat::default()
        }))
        .await;
    wait_until("the offset is known", async || {
        let offset = gateway
            .connectors
            .online(of.0)
            .first()
            .and_then(|one| one.clock_offset);
        offset.is_some_and(|offset| (offset.middle().whole_seconds() - 60).abs() <= 5)
    })
    .await;
}

#[tokio::test]
async fn a_connector_that_is_silent_for_three_heartbeats_is_gone() {
    let log = Log::listen();
    let config = DeliveryConfig {
        heartbeat_interval: Duration::from_millis(100),
        ..short_deadlines()
    };
    let (gateway, of, mut connector) = one(config).await;
    let (mut stream, _) = connector.attach().await;
    let status = stream.end().await.unwrap();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(log.has(&[LOST, "ended"]));
    let none = gateway.route(&requirements(of, vec![])).unwrap_err();
    assert_eq!(none.reason.code(), ReasonCode::NoConnector);
    assert!(none.reason.field("last_seen").is_some());
    let row = gateway
        .store
        .connectors(of.0, None, None, 10)
        .await
        .unwrap()
        .remove(0);
    assert!(row.last_seen_at.is_some());
}

#[tokio::test]
async fn frames_that_do_not_belong_end_the_stream() {
    let (_gateway, _, mut connector) = one(short_deadlines()).await;
    let mut stream = connector.open(Up::Credit(Credit { events: 1 })).await;
    assert_eq!(stream.end().await.unwrap().code(), Code::InvalidArgument);
    let foreign = Hello {
        sealing_keys: vec![SignedBytes::default()],
        ..connector.hello()
    };
    let mut stream = connector.open(Up::Hello(foreign)).await;
    assert_eq!(stream.end().await.unwrap().code(), Code::InvalidArgument);
    for bad in [
        Up::Hello(connector.hello()),
        Up::Credit(Credit { events: 0 }),
        Up::Outcome(OutcomeReport::default()),
        Up::Received(Received {
            operation_id: "x".to_owned(),
            attempt: 1,
            audit_head: None,
        }),
    ] {
        let (mut stream, _) = connector.attach().await;
        stream.send(bad).await;
        assert_eq!(stream.end().await.unwrap().code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn a_stream_without_hello_is_not_kept() {
    let (_gateway, _, mut connector) = one(short_deadlines()).await;
    let silent = tokio_stream::pending::<groundwire_proto::gateway::v1::AttachRequest>();
    let mut down = connector.client.attach(silent).await.unwrap().into_inner();
    assert_eq!(down.message().await.unwrap_err().code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn at_a_stop_streams_are_told_and_then_cut() {
    let (gateway, of, mut connector) = one(short_deadlines()).await;
    let (mut stream, _) = connector.attach().await;
    gateway.draining.cancel();
    let reason = stream
        .until(|frame| {
            if let Down::Drain(drain) = frame {
                Some(drain.reason)
            } else {
                None
            }
        })
        .await;
    assert_eq!(reason.unwrap(), "draining");
    assert!(gateway.route(&requirements(of, vec![])).is_err());
    assert_eq!(stream.end().await.unwrap().code(), Code::Unavailable);
}

#[tokio::test]
async fn tenants_do_not_see_each_other() {
    let (gateway, of, mut connector) = one(short_deadlines()).await;
    let (_stream, _) = connector.attach().await;
    let (other, _) = gateway.create_tenant().await;
    assert!(gateway.connectors.online(other).is_empty());
    assert!(
        gateway
            .store
            .connectors(other, Some(of.1), None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(gateway.route(&requirements((other, of.1), vec![])).is_err());
    // The second wall: even a query that forgets its tenant sees no other's rows.
    let mut transaction = gateway.store.tenant_transaction(other).await.unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM directory.connectors")
        .fetch_one(&mut transaction)
        .await
        .unwrap();
    let all: i64 = sqlx::query_scalar("SELECT count(*) FROM directory.connectors")
        .fetch_one(&gateway.database.superuser)
        .await
        .unwrap();
    assert_eq!((seen, all), (0, 1));
}
