//! The stream to the gateway, over real TLS 1.3.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use groundwire_connector::uplink::{Complaint, EnrollError, Enrollment};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::testing::{LogLines, soon, wait_until};
use groundwire_proto::capability;
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{
    CheckRequest, Drain, FateKind, NotTaken, NotTakenCause, OpenOperation, OpenOperationState, OperationFate,
    OutcomeRecorded, PasswordEvent, Welcome,
};
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::reasons::ReasonCode;
use uuid::Uuid;

use crate::uplink::fake_gateway::{CONNECTOR, FakeGateway, GatewayStream};
use crate::uplink::rig::{UplinkRig, config_for, enrolled, outcome_of};

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

fn event(operation: &str) -> Down {
    Down::PasswordEvent(PasswordEvent {
        event: Some(SignedBytes {
            key_id: operation.to_owned(),
            ..SignedBytes::default()
        }),
        operation_id: operation.to_owned(),
        attempt: 1,
    })
}

fn recorded(operation: &str) -> Down {
    Down::OutcomeRecorded(OutcomeRecorded {
        operation_id: operation.to_owned(),
        attempt: 1,
        ..OutcomeRecorded::default()
    })
}

/// The next outcome; credits and the like in between are passed over.
async fn next_outcome(stream: &mut GatewayStream) -> String {
    loop {
        match stream.next().await.expect("the stream stands") {
            Up::Outcome(report) => return report.operation_id,
            Up::Credit(_) | Up::Received(_) | Up::StoodDown(_) | Up::NotTaken(_) | Up::CheckResult(_) => {}
            other @ (Up::Hello(_) | Up::Checkpoint(_) | Up::Heartbeat(_)) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn enrolment_makes_an_identity_in_private_files() {
    let gateway = FakeGateway::start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = enrolled(&gateway, folder.path()).await;
    for file in ["connector.json", "group-bundle.json", "sealing-keys.json"] {
        let mode = std::fs::metadata(folder.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let text = std::fs::read_to_string(folder.path().join("connector.json")).unwrap();
    assert!(text.contains(&CONNECTOR.to_string()));
    let event_key = hex::encode(gateway.event_key().verifying_key().to_bytes());
    assert!(text.contains(&event_key));
    let token = gateway.token().parse().map_err(|_| ()).unwrap();
    let again = Enrollment::new(&config, &SystemClock).with_token(&token).await;
    assert!(matches!(again, Err(EnrollError::AlreadyEnrolled(_))));
}

#[tokio::test]
async fn enrolment_tells_its_token_to_nobody_but_the_pinned_ca() {
    let gateway = FakeGateway::start().await;
    let stranger = FakeGateway::start().await;
    let folder = tempfile::tempdir().unwrap();
    // The right token, at an address where somebody else with another CA answers.
    let config = config_for(&stranger, folder.path());
    let token = gateway.token().parse().map_err(|_| ()).unwrap();
    let refused = Enrollment::new(&config, &SystemClock).with_token(&token).await;
    assert!(matches!(refused, Err(EnrollError::Dial(_))), "{refused:?}");
    assert!(!folder.path().join("connector.json").exists());
}

#[tokio::test]
async fn serve_waits_for_its_token_and_gives_up_at_the_deadline() {
    let gateway = FakeGateway::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = config_for(&gateway, folder.path());
    let token_file = folder.path().join("token");
    config.enrollment.token_file = Some(groundwire_kit::config::SecretFile::new(&token_file));
    config.enrollment.token_timeout = Duration::from_secs(1);
    let missing = Enrollment::new(&config, &SystemClock).when_needed().await;
    assert!(matches!(missing, Err(EnrollError::NoToken { .. })));
    config.enrollment.token_timeout = Duration::from_secs(60);
    let enrollment = Enrollment::new(&config, &SystemClock);
    let waiting = enrollment.when_needed();
    let write = async { std::fs::write(&token_file, gateway.token()).unwrap() };
    let (enrolled, ()) = soon("the enrolment", Box::pin(async { tokio::join!(waiting, write) })).await;
    enrolled.unwrap();
    assert!(folder.path().join("connector.json").exists());
}

#[tokio::test]
async fn an_attach_uses_the_hybrid_key_exchange_and_its_log_line_says_so() {
    let log = LogLines::default();
    let _listening = log.listen();
    let mut gateway = FakeGateway::start().await;
    let _rig = UplinkRig::start(&gateway).await;
    let stream = gateway.next_stream().await;
    assert_eq!(stream.key_exchange, "X25519MLKEM768");
    wait_until("the log line", async || {
        log.lines()
            .iter()
            .any(|line| line.contains("message=attached") && line.contains("key_exchange= X25519MLKEM768"))
    })
    .await;
}

#[tokio::test]
async fn hello_says_what_is_open_and_a_cut_stream_is_followed_by_another() {
    let mut gateway = FakeGateway::start().await;
    let rig = UplinkRig::start(&gateway).await;
    let open = OpenOperation {
        operation_id: id(1),
        attempt: 2,
        state: OpenOperationState::InDoubt.into(),
        secret_gone: false,
    };
    let first = gateway.next_stream().await;
    assert_eq!(first.hello.credits, 4);
    assert_eq!(first.hello.sealing_keys.len(), 1);
    assert_eq!(first.hello.audit_head, Some(SeenHead::of_test(5, 1).into()));
    rig.work.open.lock().push(open.clone());
    let fate = OperationFate {
        operation_id: id(1),
        kind: FateKind::Continue.into(),
        attempt: 2,
        ..OperationFate::default()
    };
    gateway.next_welcome(|welcome| welcome.fates = vec![fate.clone()]);
    first.cut().await;
    let second = gateway.next_stream().await;
    assert_eq!(second.hello.open_operations, [open]);
    wait_until("the fate", async || !rig.work.fates.lock().is_empty()).await;
    assert_eq!(*rig.work.fates.lock(), [fate]);
}

#[tokio::test]
async fn an_outcome_is_sent_on_every_new_stream_until_it_is_recorded() {
    let mut gateway = FakeGateway::start().await;
    let rig = UplinkRig::start(&gateway).await;
    let mut stream = gateway.next_stream().await;
    stream.send(event(&id(1))).await;
    for _ in 0..2 {
        assert_eq!(next_outcome(&mut stream).await, id(1));
        stream.cut().await;
        stream = gateway.next_stream().await;
    }
    assert_eq!(next_outcome(&mut stream).await, id(1));
    stream.send(recorded(&id(1))).await;
    wait_until("the record", async || rig.work.recorded.lock().len() == 1).await;
    stream.cut().await;
    let mut stream = gateway.next_stream().await;
    // Only what comes after it is sent.
    rig.up.send(outcome_of(&id(2))).await.unwrap();
    assert_eq!(next_outcome(&mut stream).await, id(2));
}

#[tokio::test]
async fn an_outcome_made_while_nobody_is_attached_goes_up_with_the_next_stream() {
    let mut gateway = FakeGateway::start().await;
    let rig = UplinkRig::start(&gateway).await;
    let stream = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attached).await;
    stream.cut().await;
    rig.up.send(outcome_of(&id(3))).await.unwrap();
    let mut stream = gateway.next_stream().await;
    assert_eq!(next_outcome(&mut stream).await, id(3));
}

#[tokio::test]
async fn what_was_not_taken_is_told_to_a_directory_that_understands_it_and_to_no_other() {
    let mut gateway = FakeGateway::start().await;
    let rig = UplinkRig::start(&gateway).await;
    let not_taken = |number| {
        Up::NotTaken(NotTaken {
            operation_id: id(number),
            attempt: 2,
            cause: NotTakenCause::AccountHeld.into(),
        })
    };
    let next = async |stream: &mut GatewayStream| loop {
        let frame = stream.next().await.expect("the stream stands");
        if let Up::Outcome(report) = frame {
            return report.operation_id;
        } else if let Up::NotTaken(frame) = frame {
            return frame.operation_id;
        }
    };
    let mut before = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attached).await;
    rig.up.send(not_taken(1)).await.unwrap();
    rig.up.send(outcome_of(&id(2))).await.unwrap();
    assert_eq!(
        next(&mut before).await,
        id(2),
        "a frame that it does not know would end the stream"
    );
    before.send(recorded(&id(2))).await;
    wait_until("the record", async || rig.work.recorded.lock().len() == 1).await;
    gateway.next_welcome(|welcome| welcome.capabilities = vec![capability::NOT_TAKEN.to_owned()]);
    before.cut().await;
    let mut stream = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attachments == 2).await;
    rig.up.send(not_taken(3)).await.unwrap();
    assert_eq!(next(&mut stream).await, id(3));
}

#[tokio::test]
async fn without_its_store_a_connector_attaches_and_says_so_and_tells_what_is_open_when_it_is_back() {
    let mut gateway = FakeGateway::start().await;
    let rig = UplinkRig::start(&gateway).await;
    let first = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attached).await;
    // A directory of before would take what is not listed for lost: nothing is said to it.
    rig.work.store_away.store(true, Ordering::Relaxed);
    rig.up.send(outcome_of(&id(1))).await.unwrap();
    gateway.next_welcome(|welcome| welcome.capabilities = vec![capability::NOT_TAKEN.to_owned()]);
    first.cut().await;
    wait_until("it is gone", async || !rig.state.borrow().attached).await;
    assert!(gateway.streams.try_recv().is_err());
    rig.work.store_away.store(false, Ordering::Relaxed);
    let second = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attachments == 2).await;
    rig.work.store_away.store(true, Ordering::Relaxed);
    second.cut().await;
    let mut third = gateway.next_stream().await;
    assert!(third.hello.open_operations_unknown);
    let complaints: Vec<_> = third
        .hello
        .conditions
        .iter()
        .map(|reason| reason.code())
        .collect();
    assert_eq!(complaints, [ReasonCode::AuditStoreUnavailable]);
    // What was reported without the store goes up meanwhile.
    assert_eq!(next_outcome(&mut third).await, id(1));
    let open = OpenOperation {
        operation_id: id(7),
        attempt: 1,
        state: OpenOperationState::Received.into(),
        secret_gone: true,
    };
    rig.work.open.lock().push(open.clone());
    rig.work.store_away.store(false, Ordering::Relaxed);
    let fourth = gateway.next_stream().await;
    assert!(!fourth.hello.open_operations_unknown);
    assert_eq!(fourth.hello.open_operations, [open]);
}

#[tokio::test]
async fn a_store_that_says_its_head_and_not_what_is_open_leads_to_no_new_stream_after_another() {
    let mut gateway = FakeGateway::start().await;
    let welcome = |welcome: &mut Welcome| welcome.capabilities = vec![capability::NOT_TAKEN.to_owned()];
    gateway.next_welcome(welcome);
    let rig = UplinkRig::start(&gateway).await;
    let first = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attached).await;
    rig.work.lists_nothing.store(true, Ordering::SeqCst);
    gateway.next_welcome(welcome);
    first.cut().await;
    let second = gateway.next_stream().await;
    assert!(second.hello.open_operations_unknown);
    let other = tokio::time::timeout(Duration::from_secs(2), gateway.streams.recv()).await;
    assert!(other.is_err(), "another stream, which knows no more");
    rig.work.lists_nothing.store(false, Ordering::SeqCst);
    let third = gateway.next_stream().await;
    assert!(!third.hello.open_operations_unknown);
    assert!(third.hello.conditions.is_empty(), "{:?}", third.hello.conditions);
}

#[tokio::test]
async fn credit_comes_back_as_events_end() {
    let mut gateway = FakeGateway::start().await;
    let _rig = UplinkRig::start(&gateway).await;
    let mut stream = gateway.next_stream().await;
    for number in 1..=3 {
        stream.send(event(&id(number))).await;
    }
    let mut back = 0;
    while back < 3 {
        if let Some(Up::Credit(credit)) = stream.next().await {
            back += credit.events;
        }
    }
    assert_eq!(back, 3);
}

#[tokio::test]
async fn a_drain_opens_the_next_stream_before_the_old_one_is_left() {
    let mut gateway = FakeGateway::start().await;
    let rig = UplinkRig::start(&gateway).await;
    let mut old = gateway.next_stream().await;
    old.send(Down::Drain(Drain {
        reason: "deploy".to_owned(),
        grace: Some(Duration::from_secs(1).try_into().unwrap()),
        retry_after: None,
    }))
    .await;
    let mut new = gateway.next_stream().await;
    wait_until("the second attachment", async || {
        rig.state.borrow().attachments == 2
    })
    .await;
    assert!(rig.state.borrow().attached);
    // What still comes on the old stream is carried out; its outcome goes up on the new one.
    old.send(event(&id(4))).await;
    assert_eq!(next_outcome(&mut new).await, id(4));
    // The old one is closed by the connector when its grace is over.
    while old.next().await.is_some() {}
    assert!(rig.state.borrow().attached);
    assert_eq!(rig.state.borrow().attachments, 2);
}

#[tokio::test]
async fn a_gateway_that_never_welcomes_is_left_at_the_deadline() {
    let mut gateway = FakeGateway::start().await;
    gateway.welcome_nobody(true);
    let rig = UplinkRig::start(&gateway).await;
    let _first = gateway.next_stream().await;
    gateway.welcome_nobody(false);
    let _second = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attachments == 1).await;
}

#[tokio::test]
async fn a_gateway_that_misses_three_heartbeats_is_left() {
    let mut gateway = FakeGateway::start().await;
    let rig = UplinkRig::start(&gateway).await;
    let mut first = gateway.next_stream().await;
    assert_eq!(first.next_heartbeat().await.number, 1);
    first.fall_silent();
    let _second = gateway.next_stream().await;
    wait_until("the second attachment", async || {
        rig.state.borrow().attachments == 2
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_far_off_is_complained_of_until_it_is_right() {
    let mut gateway = FakeGateway::start().await;
    gateway.skew_clock(time::Duration::minutes(5));
    let rig = UplinkRig::start(&gateway).await;
    let mut stream = gateway.next_stream().await;
    wait_until("the complaint", async || {
        rig.conditions.get(Complaint::Clock).is_some()
    })
    .await;
    let complaint = soon("the complaint in a heartbeat", async {
        loop {
            let heartbeat = stream.next_heartbeat().await;
            if let Some(reason) = heartbeat.conditions.first() {
                return reason.code();
            }
        }
    })
    .await;
    assert_eq!(complaint, ReasonCode::ClockUntrusted);
    assert!(rig.work.clock_offset_ms.load(Ordering::Relaxed) > 290_000);
    gateway.skew_clock(time::Duration::ZERO);
    wait_until("the end of it", async || {
        rig.conditions.get(Complaint::Clock).is_none()
    })
    .await;
}

#[tokio::test]
async fn logs_that_do_not_fit_what_the_peer_saw_raise_an_alarm() {
    let mut gateway = FakeGateway::start().await;
    gateway.next_welcome(|welcome| welcome.audit_head_seen = Some(SeenHead::of_test(5, 1).into()));
    let rig = UplinkRig::start(&gateway).await;
    let first = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attached).await;
    assert_eq!(rig.conditions.get(Complaint::AuditLog), None);
    // The directory saw a position that our log never had: ours was restored from a backup.
    gateway.next_welcome(|welcome| welcome.audit_head_seen = Some(SeenHead::of_test(9, 1).into()));
    first.cut().await;
    let _second = gateway.next_stream().await;
    wait_until("the alarm", async || {
        rig.conditions.get(Complaint::AuditLog).is_some()
    })
    .await;
    assert_eq!(
        rig.conditions.get(Complaint::AuditLog).unwrap().code(),
        ReasonCode::LogForked
    );
}

#[tokio::test]
async fn a_malformed_head_is_not_given_back_and_what_was_seen_stays() {
    let mut gateway = FakeGateway::start().await;
    let good = LogHead::from(SeenHead::of_test(3, 2));
    gateway.next_welcome(|welcome| welcome.directory_head = Some(good.clone()));
    let rig = UplinkRig::start(&gateway).await;
    let first = gateway.next_stream().await;
    wait_until("the attachment", async || rig.state.borrow().attachments == 1).await;
    gateway.next_welcome(|welcome| {
        welcome.directory_head = Some(LogHead {
            hash: vec![2; 31],
            position: 4,
            ..good.clone()
        });
    });
    first.cut().await;
    let second = gateway.next_stream().await;
    assert_eq!(second.hello.directory_head_seen.as_ref(), Some(&good));
    wait_until("the second attachment", async || {
        rig.state.borrow().attachments == 2
    })
    .await;
    second.cut().await;
    let third = gateway.next_stream().await;
    assert_eq!(third.hello.directory_head_seen.as_ref(), Some(&good));
    assert_eq!(rig.conditions.get(Complaint::AuditLog), None);
}

#[tokio::test]
async fn a_check_is_answered_on_its_stream() {
    let mut gateway = FakeGateway::start().await;
    let _rig = UplinkRig::start(&gateway).await;
    let mut stream = gateway.next_stream().await;
    stream.send(Down::CheckRequest(CheckRequest::default())).await;
    let answered = stream.next().await;
    assert!(matches!(answered, Some(Up::CheckResult(result)) if result.check_id == "check"));
}

#[tokio::test]
async fn a_stop_ends_with_the_last_acknowledgement_and_not_with_the_grace() {
    let mut gateway = FakeGateway::start().await;
    // No heartbeat is due meanwhile, so that none can wake the stop.
    gateway.next_welcome(|welcome| {
        welcome.heartbeat_interval = Duration::from_secs(30).try_into().ok();
    });
    let rig = UplinkRig::start(&gateway).await;
    let mut stream = gateway.next_stream().await;
    let forced = rig.shutdown.forced_token();
    stream.send(event(&id(6))).await;
    assert_eq!(next_outcome(&mut stream).await, id(6));
    rig.shutdown.begin();
    // Long enough that the stop waits for nothing but the acknowledgement.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!rig.running.is_finished());
    stream.send(recorded(&id(6))).await;
    soon("the end", rig.running).await.unwrap();
    assert!(!forced.is_cancelled(), "the grace had to end it");
    assert_eq!(rig.work.recorded.lock().len(), 1);
}

#[tokio::test]
async fn a_stop_waits_for_acknowledgements_and_closes_the_stream() {
    let mut gateway = FakeGateway::start().await;
    let rig = UplinkRig::start(&gateway).await;
    let mut stream = gateway.next_stream().await;
    stream.send(event(&id(5))).await;
    assert_eq!(next_outcome(&mut stream).await, id(5));
    rig.shutdown.begin();
    stream.send(recorded(&id(5))).await;
    while stream.next().await.is_some() {}
    soon("the end", rig.running).await.unwrap();
    assert_eq!(rig.work.recorded.lock().len(), 1);
    drop(rig.folder);
}
