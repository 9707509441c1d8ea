//! Logs that are not the ones that were seen: both sides learn it of both, also where a log has grown since it lost its end.

use std::sync::Arc;

use groundwire_directory::metrics::delivery::why;
use groundwire_envelope::signed::SigningKey;
use groundwire_kit::testing::wait_until;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{Heartbeat, Hello, Welcome};
use groundwire_proto::reasons::{Reason, ReasonCode};
use uuid::Uuid;

use crate::database::soon;
use crate::gateway::fake_connector::{ConnectorStream, FakeConnector};
use crate::gateway::rig::{GatewayRig, short_deadlines};

fn audit_head(position: u64, hash: u8) -> LogHead {
    LogHead {
        log_id: Uuid::from_u128(1).to_string(),
        incarnation_id: Uuid::from_u128(2).to_string(),
        position,
        hash: vec![hash; 32],
    }
}

/// The connector's complaint of the record that the directory saw.
fn complaint(seen: &LogHead) -> Reason {
    Reason::new(ReasonCode::LogForked)
        .with("log", "audit")
        .with("position", seen.position)
        .with("hash", hex::encode(&seen.hash))
}

/// A heartbeat of the connector's own; at return the directory has worked on it.
async fn beat(stream: &mut ConnectorStream, head: &LogHead, conditions: Vec<Reason>) {
    stream
        .send(Up::Heartbeat(Heartbeat {
            number: 9,
            head: Some(head.clone()),
            conditions: conditions.into_iter().map(Into::into).collect(),
            ..Heartbeat::default()
        }))
        .await;
    let echo = |frame| matches!(frame, Down::Heartbeat(beat) if beat.echo).then_some(());
    stream.until(echo).await.unwrap();
}

async fn attach(connector: &mut FakeConnector, head: &LogHead) -> (ConnectorStream, Welcome) {
    let hello = Hello {
        audit_head: Some(head.clone()),
        ..connector.hello()
    };
    connector.attach_with(hello).await
}

async fn leave(gateway: &GatewayRig, mut stream: ConnectorStream) {
    stream.up = None;
    assert!(stream.end().await.is_none());
    wait_until("the stream is gone", async || gateway.metrics.attached.get() == 0).await;
}

async fn forks(gateway: &GatewayRig, connector: &FakeConnector) -> usize {
    let events = gateway
        .events(connector.response.tenant_id.parse().unwrap())
        .await;
    events.iter().filter(|event| *event == "LogForked").count()
}

async fn one() -> (GatewayRig, FakeConnector) {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let of = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let connector = gateway.enroll_connector(of, &root).await;
    (gateway, connector)
}

#[tokio::test]
async fn an_audit_log_that_went_back_is_alarmed() {
    let (gateway, mut connector) = one().await;
    let mut seen_before = None;
    for position in [7, 9, 4] {
        let head = audit_head(position, 3);
        let (mut stream, welcome) = attach(&mut connector, &head).await;
        assert_eq!(welcome.audit_head_seen, seen_before);
        beat(&mut stream, &head, Vec::new()).await;
        leave(&gateway, stream).await;
        seen_before = Some(head);
    }
    assert_eq!(forks(&gateway, &connector).await, 1);
}

#[tokio::test]
async fn an_audit_log_that_lost_its_end_and_grew_is_alarmed_once() {
    let (gateway, mut connector) = one().await;
    let before = audit_head(7, 1);
    let (mut stream, _) = attach(&mut connector, &before).await;
    beat(&mut stream, &before, Vec::new()).await;
    leave(&gateway, stream).await;
    // It was restored to position 5, and has grown past what was seen.
    let grown = audit_head(12, 2);
    let (stream, welcome) = attach(&mut connector, &grown).await;
    assert_eq!(welcome.audit_head_seen.as_ref(), Some(&before));
    // Its stream broke before it could compare: what was seen stays.
    leave(&gateway, stream).await;
    let (mut stream, welcome) = attach(&mut connector, &grown).await;
    assert_eq!(welcome.audit_head_seen.as_ref(), Some(&before));
    assert_eq!(forks(&gateway, &connector).await, 0);
    // It complains until it is started anew, over any number of streams.
    for _ in 0..2 {
        beat(&mut stream, &grown, vec![complaint(&before)]).await;
        beat(&mut stream, &grown, vec![complaint(&before)]).await;
        let forked = gateway.metrics.forked.get_or_create(&why("audit"));
        wait_until("the alarm", async || forked.get() == 1).await;
        leave(&gateway, stream).await;
        stream = attach(&mut connector, &grown).await.0;
    }
    assert_eq!(forks(&gateway, &connector).await, 1);
    // From now on the new log is the one that was seen.
    let (_stream, welcome) = attach(&mut connector, &grown).await;
    assert_eq!(welcome.audit_head_seen, Some(grown));
}

#[tokio::test]
async fn a_directory_that_was_restored_and_has_grown_since_is_alarmed_on_both_sides() {
    let (gateway, mut connector) = one().await;
    let dump = gateway.database.dump().await;
    let (stream, _) = connector.attach().await;
    leave(&gateway, stream).await;
    // What the connector saw last of the directory's log.
    let (stream, welcome) = connector.attach().await;
    let told = welcome.directory_head.unwrap();
    leave(&gateway, stream).await;
    gateway.database.restore_dump(&dump).await;
    // Pools find out that their sessions are gone; then the log grows past what the connector saw.
    soon(async {
        loop {
            let hello = Up::Hello(connector.hello());
            if let Ok(Some(Down::Welcome(welcome))) = connector.open(hello).await.next().await
                && welcome
                    .directory_head
                    .is_some_and(|head| head.position > told.position)
            {
                return;
            }
        }
    })
    .await;
    let hello = Hello {
        directory_head_seen: Some(told.clone()),
        ..connector.hello()
    };
    for _ in 0..2 {
        let (_stream, welcome) = connector.attach_with(hello.clone()).await;
        let at_told = welcome.directory_head_at_seen.unwrap();
        assert_eq!(at_told.position, told.position);
        assert_ne!(at_told.hash, told.hash);
    }
    assert_eq!(forks(&gateway, &connector).await, 1);
    let forked = gateway.metrics.forked.get_or_create(&why("directory"));
    assert_eq!(forked.get(), 1);
}
