//! Faults, played by the fake server: silence, cut connections, unreadable answers, Windows' wording. What matters
//! is that a write that may have been sent is never called done, refused or unsent, and never sent again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use groundwire_connector::ad::{
    ActiveDirectory, AdError, Cause, DomainController, LdapsDirectory, MarkerSnapshot, RequestKind,
    UnicodePwd, UnknownCause, Write, WriteRequest, WriteResult,
};
use groundwire_connector::domain::AccountAnchor;
use groundwire_proto::reasons::ReasonCode;
use uuid::Uuid;

use crate::ad::fake_server::{FakeLdapServer, Reaction, element, message, modified, result};

/// Makes the bytes that are sent, given the request's message id.
type Answer = fn(&[u8]) -> Vec<u8>;

async fn server(script: impl Fn(usize, &[u8]) -> Reaction + Send + Sync + 'static) -> FakeLdapServer {
    FakeLdapServer::start(Arc::new(script)).await
}

/// The fake server, as it is known while it gives itself no name.
pub(super) fn controller() -> DomainController {
    DomainController {
        name: "localhost".to_owned(),
        naming_context: String::new(),
        invocation_id: None,
        policy_hints: None,
        read_only: false,
        domain_controllers: None,
    }
}

/// A read, on one of the connections for operations.
async fn read(directory: &LdapsDirectory) -> Result<MarkerSnapshot, AdError> {
    directory.read_marker(AccountAnchor::new(Uuid::nil())).await
}

async fn reset_password(directory: &LdapsDirectory) -> WriteResult {
    let new = UnicodePwd::encode("Second-Harbour-48");
    let anchor = AccountAnchor::new(Uuid::nil());
    directory
        .write(&WriteRequest {
            anchor,
            read_at: &controller(),
            marker: None,
            name: None,
            write: Write::Reset { new: &new },
        })
        .await
}

#[tokio::test]
async fn a_reset_never_goes_without_the_policy_hints_as_a_critical_control() {
    let server = server(|_, id| Reaction::Answer(modified(id, 0, b""))).await;
    let result = reset_password(&LdapsDirectory::start(server.settings())).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    // RFC 4511 4.1.11: OID, criticality TRUE, value; the value enforces history and age. A domain controller that does
    // not know the control must refuse, and never write without it.
    let control = [
        element(0x04, b"1.2.840.113556.1.4.2239"),
        element(0x01, &[0xFF]),
        element(0x04, &[0x30, 0x03, 0x02, 0x01, 0x01]),
    ]
    .concat();
    let sent = server.last_modify.lock();
    let is_there = sent.windows(control.len()).any(|part| part == control);
    assert!(is_there, "{}", hex::encode(&*sent));
}

#[tokio::test]
async fn a_domain_controller_without_policy_hints_gets_no_reset() {
    let server = server(|_, id| Reaction::Answer(modified(id, 0, b""))).await;
    server.without_policy_hints.store(true, Ordering::SeqCst);
    let result = reset_password(&LdapsDirectory::start(server.settings())).await;
    let WriteResult::NotSent(error) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.reason().code(), ReasonCode::PolicyHintsUnsupported);
    assert_eq!(server.modifies.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn silence_after_the_write_is_not_known_within_the_time_out() {
    let server = server(|_, _| Reaction::Silence).await;
    let mut settings = server.settings();
    settings.timeouts.write = Duration::from_millis(200);
    let directory = LdapsDirectory::start(settings);
    let started = Instant::now();
    let result = reset_password(&directory).await;
    assert!(
        matches!(result, WriteResult::Unknown(UnknownCause::TimedOut)),
        "{result:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(server.modifies.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_answer_cut_at_any_byte_is_not_known_and_nothing_is_sent_again() {
    let whole = modified(&[3], 0, b"").len();
    for kept in 0..whole {
        let server = server(move |_, id| {
            let mut bytes = modified(id, 0, b"");
            bytes.truncate(kept);
            Reaction::AnswerAndClose(bytes)
        })
        .await;
        let directory = LdapsDirectory::start(server.settings());
        let result = reset_password(&directory).await;
        assert!(
            matches!(result, WriteResult::Unknown(UnknownCause::ConnectionLost)),
            "{kept}: {result:?}"
        );
        assert_eq!(server.modifies.load(Ordering::SeqCst), 1, "{kept}");
    }
}

#[tokio::test]
async fn a_whole_answer_counts_even_if_the_connection_ends_with_it() {
    let server = server(|_, id| Reaction::AnswerAndClose(modified(id, 0, b""))).await;
    let result = reset_password(&LdapsDirectory::start(server.settings())).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
}

#[tokio::test]
async fn unreadable_answers_are_not_known_and_the_next_request_works() {
    let garbage: [Answer; 7] = [
        |id| modified(id, 53, b"\xff\xfe not UTF-8"),
        |id| message(id, element(0x67, &[])),
        |id| message(id, element(0x67, &element(0x04, b"no code"))),
        |_| element(0x30, &[]),
        |_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        |id| {
            element(
                0x30,
                &[element(0x02, id), result(0x67, 0, b""), element(0xA0, b"no list")].concat(),
            )
        },
        // A notice of disconnection in Active Directory's own encoding, then the end.
        |_| {
            let notice = result(0x78, 52, b"");
            let name = element(0x8A, b"1.3.6.1.4.1.1466.20036");
            element(0x30, &[element(0x02, &[0]), notice, name].concat())
        },
    ];
    for (index, bytes) in garbage.into_iter().enumerate() {
        let server = server(move |nth, id| {
            if nth == 0 {
                Reaction::AnswerAndClose(bytes(id))
            } else {
                Reaction::Answer(modified(id, 0, b""))
            }
        })
        .await;
        let mut settings = server.settings();
        settings.timeouts.write = Duration::from_millis(500);
        let directory = LdapsDirectory::start(settings);
        let first = reset_password(&directory).await;
        assert!(matches!(first, WriteResult::Unknown(_)), "{index}: {first:?}");
        let second = reset_password(&directory).await;
        assert!(matches!(second, WriteResult::Done), "{index}: {second:?}");
    }
}

#[tokio::test]
async fn an_answer_to_another_request_is_never_taken_for_ours() {
    let server = server(|_, _| Reaction::Answer(modified(&[99], 0, b""))).await;
    let mut settings = server.settings();
    settings.timeouts.write = Duration::from_millis(200);
    let result = reset_password(&LdapsDirectory::start(settings)).await;
    assert!(
        matches!(result, WriteResult::Unknown(UnknownCause::TimedOut)),
        "{result:?}"
    );
}

#[tokio::test]
async fn windows_words_are_understood_on_the_wire() {
    let text = b"0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n\0";
    let server = server(move |_, id| Reaction::Answer(modified(id, 53, text))).await;
    let WriteResult::Refused(answer) = reset_password(&LdapsDirectory::start(server.settings())).await else {
        panic!("not refused");
    };
    assert_eq!(answer.cause(RequestKind::Reset), Cause::Policy);
    assert!(!answer.text.contains('\0'));
}

#[tokio::test]
async fn a_lost_bind_is_renewed_once_and_only_once() {
    let text =
        b"000004DC: LdapErr: DSID-0C090A5C, comment: a successful bind must be completed, data 0, v4563";
    let once = server(move |nth, id| match nth {
        0 => Reaction::Answer(modified(id, 1, text)),
        _ => Reaction::Answer(modified(id, 0, b"")),
    })
    .await;
    let result = reset_password(&LdapsDirectory::start(once.settings())).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    assert_eq!(once.modifies.load(Ordering::SeqCst), 2);

    let always = server(move |_, id| Reaction::Answer(modified(id, 1, text))).await;
    let result = reset_password(&LdapsDirectory::start(always.settings())).await;
    let WriteResult::Refused(answer) = result else {
        panic!("{result:?}")
    };
    assert_eq!(answer.cause(RequestKind::Reset), Cause::BindLost);
    assert_eq!(always.modifies.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_read_survives_a_connection_that_died_while_it_was_idle() {
    let server = server(|_, _| Reaction::Silence).await;
    let directory = LdapsDirectory::start(server.settings());
    for _ in 0..3 {
        directory.domain_controller().await.unwrap();
        read(&directory).await.unwrap();
        server.generation.fetch_add(1, Ordering::SeqCst);
    }
    let last = (directory.domain_controller().await, read(&directory).await);
    assert!(last.0.is_ok() && last.1.is_ok(), "{last:?}");
}

#[tokio::test]
async fn a_write_that_meets_a_dead_connection_is_not_known_and_not_sent_again() {
    let server = server(|_, id| Reaction::Answer(modified(id, 0, b""))).await;
    let directory = LdapsDirectory::start(server.settings());
    read(&directory).await.unwrap();
    server.generation.fetch_add(1, Ordering::SeqCst);
    // The server ends the connection instead of taking the request; from here that cannot be told from a lost answer.
    let result = reset_password(&directory).await;
    assert!(
        matches!(result, WriteResult::Unknown(UnknownCause::ConnectionLost)),
        "{result:?}"
    );
    assert_eq!(server.modifies.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_no_dirty_connection_behind() {
    let server = server(|nth, id| match nth {
        0 => Reaction::Silence,
        _ => Reaction::Answer(modified(id, 0, b"")),
    })
    .await;
    let mut settings = server.settings();
    settings.connections = 1;
    let directory = LdapsDirectory::start(settings);
    let given_up = tokio::time::timeout(Duration::from_millis(300), reset_password(&directory)).await;
    assert!(given_up.is_err());
    let binds = server.binds.load(Ordering::SeqCst);
    let result = reset_password(&directory).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    assert_eq!(
        server.binds.load(Ordering::SeqCst),
        binds + 1,
        "the write went over the old connection"
    );
}

#[tokio::test]
async fn a_server_that_takes_no_connection_is_given_up() {
    // A queue of one that nobody takes from: when it is full, the kernel leaves the next one without an answer.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(1).unwrap();
    let address = full.local_addr().unwrap();
    let mut queued = Vec::new();
    let connect = || {
        tokio::time::timeout(
            Duration::from_millis(200),
            tokio::net::TcpStream::connect(address),
        )
    };
    while let Ok(connected) = connect().await {
        queued.push(connected.unwrap());
        assert!(queued.len() < 10, "the queue never fills");
    }
    let server = server(|_, _| Reaction::Silence).await;
    let mut settings = server.settings();
    settings.url.port = address.port();
    settings.timeouts.connect = Duration::from_millis(200);
    let directory = LdapsDirectory::start(settings);
    let asked = tokio::time::timeout(Duration::from_secs(10), directory.domain_controller()).await;
    let error = asked.expect("an answer in time").unwrap_err();
    assert!(matches!(error, AdError::TimedOut { .. }), "{error}");
    assert_eq!(error.reason().code(), ReasonCode::DcUnreachable);
}

#[tokio::test]
async fn a_server_that_never_ends_its_handshake_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server(|_, _| Reaction::Silence).await;
    let mut settings = server.settings();
    settings.url.port = listener.local_addr().unwrap().port();
    settings.timeouts.tls = Duration::from_millis(200);
    let error = LdapsDirectory::start(settings)
        .domain_controller()
        .await
        .unwrap_err();
    assert!(matches!(error, AdError::TimedOut { .. }), "{error}");
    assert_eq!(error.reason().code(), ReasonCode::DcUnreachable);
}

#[tokio::test]
async fn all_connections_busy_is_an_answer_and_not_a_hang() {
    let server = server(|_, _| Reaction::Silence).await;
    let mut settings = server.settings();
    settings.connections = 1;
    settings.timeouts.write = Duration::from_secs(2);
    settings.timeouts.queue = Duration::from_millis(100);
    let directory = LdapsDirectory::start(settings);
    let (first, second) = tokio::join!(reset_password(&directory), async {
        let deadline = Instant::now() + Duration::from_secs(5);
        while server.modifies.load(Ordering::SeqCst) == 0 && Instant::now() < deadline {
            tokio::task::yield_now().await;
        }
        read(&directory).await
    });
    assert!(
        matches!(first, WriteResult::Unknown(UnknownCause::TimedOut)),
        "{first:?}"
    );
    let second = second.unwrap_err();
    assert_eq!(second.reason().code(), ReasonCode::Overloaded);
    assert!(!second.is_outage(), "nothing is known against the controller");
}

#[tokio::test]
async fn many_requests_to_a_server_that_never_answers_all_end_in_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server(|_, _| Reaction::Silence).await;
    let mut settings = server.settings();
    settings.url.port = listener.local_addr().unwrap().port();
    settings.connections = 8;
    settings.timeouts.tls = Duration::from_millis(400);
    settings.timeouts.queue = Duration::from_millis(400);
    let directory = LdapsDirectory::start(settings);
    let started = Instant::now();
    let results = futures_util::future::join_all((0..8).map(|_| read(&directory))).await;
    assert!(
        results
            .iter()
            .all(|result| matches!(result, Err(AdError::TimedOut { .. }))),
        "{results:?}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
}
