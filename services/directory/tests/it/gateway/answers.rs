//! What a connector answers to an attempt, or does not: the operation waits, and only where several in a row are not
//! answered the stream goes.

use std::sync::Arc;

use groundwire_directory::domain::{ConnectorGroupId, NotTakenCause, OperationId, TenantId};
use groundwire_directory::metrics::delivery::why;
use groundwire_directory::operations::port::AttemptAnswer;
use groundwire_envelope::signed::SigningKey;
use groundwire_kit::testing::wait_until;
use groundwire_proto::capability;
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{Hello, NotTaken, NotTakenCause as WireCause, Received, StoodDown};
use groundwire_proto::reasons::{Reason, ReasonCode};
use tonic::Code;
use uuid::Uuid;

use crate::fake_operations::PortCall;
use crate::gateway::fake_connector::{ConnectorStream, FakeConnector};
use crate::gateway::rig::{GatewayRig, requirements, short_deadlines};

struct Attached {
    gateway: GatewayRig,
    of: (TenantId, ConnectorGroupId),
    connector: FakeConnector,
    stream: ConnectorStream,
}

impl Attached {
    async fn new() -> Self {
        let gateway = GatewayRig::start(short_deadlines()).await;
        let of = gateway.create_tenant().await;
        let root = Arc::new(SigningKey::generate().unwrap());
        let mut connector = gateway.enroll_connector(of, &root).await;
        let hello = Hello {
            credits: 64,
            ..connector.hello()
        };
        let (stream, welcome) = connector.attach_with(hello).await;
        assert_eq!(welcome.capabilities, [capability::NOT_TAKEN]);
        Self {
            gateway,
            of,
            connector,
            stream,
        }
    }

    /// Delivers an operation; the connector has its event at return.
    async fn deliver(&mut self, operation: OperationId) {
        let route = self.gateway.route(&requirements(self.of, vec![])).unwrap();
        self.gateway.deliver(&route, operation).await;
        let event = self.stream.until(|frame| {
            if let Down::PasswordEvent(event) = frame {
                Some(event)
            } else {
                None
            }
        });
        let event = event.await.unwrap();
        assert_eq!((event.operation_id, event.attempt), (operation.to_string(), 1));
    }

    async fn wait_for(&self, operation: OperationId, answer: AttemptAnswer) {
        let call = PortCall::Answered(operation.to_string(), 1, answer);
        wait_until("operations learn of it", async || {
            self.gateway.operations.was_called_with(|made| *made == call)
        })
        .await;
    }

    fn accepts(&self) -> Result<(), ReasonCode> {
        let route = self.gateway.route(&requirements(self.of, vec![]));
        route.map(|_| ()).map_err(|none| none.reason.code())
    }
}

fn new_operation() -> OperationId {
    OperationId::new(Uuid::new_v4())
}

fn received(operation: OperationId) -> Up {
    Up::Received(Received {
        operation_id: operation.to_string(),
        attempt: 1,
        audit_head: None,
    })
}

fn not_taken(operation: OperationId, cause: WireCause) -> Up {
    Up::NotTaken(NotTaken {
        operation_id: operation.to_string(),
        attempt: 1,
        cause: cause.into(),
    })
}

#[tokio::test]
async fn an_attempt_without_an_answer_concerns_its_operation_and_not_the_stream() {
    let mut attached = Attached::new().await;
    let operation = new_operation();
    // However often: it is one operation.
    for _ in 0..5 {
        attached.deliver(operation).await;
        let before = attached.gateway.metrics.unanswered.get();
        wait_until("it is missed", async || {
            attached.gateway.metrics.unanswered.get() > before
        })
        .await;
    }
    attached.wait_for(operation, AttemptAnswer::Missing).await;
    assert_eq!(attached.accepts(), Ok(()));
    assert!(!attached.gateway.connectors.online(attached.of.0)[0].is_leaving);
    attached.stream.send(received(operation)).await;
    attached.wait_for(operation, AttemptAnswer::Late).await;
}

#[tokio::test]
async fn a_stream_on_which_three_operations_in_a_row_are_not_answered_is_suspect() {
    let mut attached = Attached::new().await;
    // An answer in between shows that what is behind the stream works.
    for _ in 0..2 {
        for _ in 0..2 {
            let operation = new_operation();
            attached.deliver(operation).await;
            attached.wait_for(operation, AttemptAnswer::Missing).await;
        }
        let answered = new_operation();
        attached.deliver(answered).await;
        attached.stream.send(received(answered)).await;
    }
    let suspected = attached
        .gateway
        .metrics
        .suspected
        .get_or_create(&why("received_missing"))
        .clone();
    assert_eq!((attached.accepts(), suspected.get()), (Ok(()), 0));
    for _ in 0..3 {
        attached.deliver(new_operation()).await;
    }
    let reason = attached.stream.until(|frame| {
        if let Down::Drain(drain) = frame {
            Some(drain.reason)
        } else {
            None
        }
    });
    assert_eq!(reason.await.unwrap(), "received_missing");
    assert_eq!(attached.accepts(), Err(ReasonCode::NoConnector));
    assert_eq!(attached.stream.end().await.unwrap().code(), Code::Unavailable);
    assert_eq!(suspected.get(), 1);
    // It comes back and is as good as new.
    attached.connector.attach().await;
    assert_eq!(attached.accepts(), Ok(()));
}

#[tokio::test]
async fn what_was_not_taken_or_stood_down_from_is_an_answer() {
    let mut attached = Attached::new().await;
    for (wire, cause) in [
        (WireCause::NotVerified, NotTakenCause::NotVerified),
        (WireCause::NotUnderstood, NotTakenCause::NotUnderstood),
        (WireCause::AccountHeld, NotTakenCause::AccountHeld),
        (WireCause::OperationAtWork, NotTakenCause::OperationAtWork),
        (WireCause::StoreUnavailable, NotTakenCause::StoreUnavailable),
        (WireCause::ContradictsLog, NotTakenCause::ContradictsLog),
    ] {
        let operation = new_operation();
        attached.deliver(operation).await;
        attached.stream.send(not_taken(operation, wire)).await;
        attached.wait_for(operation, AttemptAnswer::NotTaken(cause)).await;
        let counted = attached
            .gateway
            .metrics
            .not_taken
            .get_or_create(&why(cause.as_str()))
            .get();
        assert_eq!(counted, 1);
    }
    let operation = new_operation();
    attached.deliver(operation).await;
    attached
        .stream
        .send(Up::StoodDown(StoodDown {
            operation_id: operation.to_string(),
            attempt: 1,
            found_attempt: 2,
        }))
        .await;
    attached.wait_for(operation, AttemptAnswer::StoodDown).await;
    assert_eq!(attached.gateway.metrics.unanswered.get(), 0);
    // It still is with the connector that said that it is at work on it, and nothing else is.
    assert_eq!(attached.gateway.connectors.online(attached.of.0)[0].in_flight, 1);
}

#[tokio::test]
async fn a_connector_whose_store_is_away_attaches_and_keeps_what_it_has() {
    let mut attached = Attached::new().await;
    let away = Hello {
        open_operations_unknown: true,
        conditions: vec![Reason::new(ReasonCode::AuditStoreUnavailable).into()],
        ..attached.connector.hello()
    };
    let calls = |attached: &Attached| attached.gateway.operations.calls();
    let before = calls(&attached);
    let (_stream, welcome) = attached.connector.attach_with(away).await;
    assert!(welcome.fates.is_empty());
    wait_until("it is ready", async || calls(&attached).len() > before.len()).await;
    let made = calls(&attached).split_off(before.len());
    assert!(
        matches!(made[..], [PortCall::Ready(_)]),
        "nothing is held against what it does not say: {made:?}"
    );
    assert_eq!(attached.accepts(), Err(ReasonCode::AuditStoreUnavailable));
}
