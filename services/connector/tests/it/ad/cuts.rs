//! Connections that are cut silently: what a read and a write then cost.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use groundwire_connector::ad::{
    ActiveDirectory, LdapsDirectory, LdapsSettings, UnicodePwd, UnknownCause, Write, WriteRequest,
    WriteResult,
};
use groundwire_connector::domain::{AccountAnchor, NamedBy};
use groundwire_kit::testing::{soon, wait_until};
use uuid::Uuid;

use crate::ad::fake_server::{FakeLdapServer, Reaction, modified};
use crate::ad::faults::controller;
use crate::ad::forwarder::Forwarder;
use crate::ad::rig::TestDomain;

/// What meets a connection that was cut takes half a second of silence and a new connection; on a busy machine longer, but
/// less than the time-out of a read (5 s), which it took before.
const ONE_CUT: Duration = Duration::from_secs(4);

/// Settings that lead to the real domain controller through this forwarder.
pub(crate) async fn through_a_forwarder(domain: &TestDomain) -> (Forwarder, LdapsSettings) {
    let mut settings = domain.settings();
    let forwarder = Forwarder::start(settings.url.port).await;
    settings.url.port = forwarder.port;
    (forwarder, settings)
}

/// Uses so many connections at once that all of them are open, and the one on which the controller is asked who it is.
async fn open_all(directory: &LdapsDirectory, connections: usize, anchor: AccountAnchor) {
    directory.domain_controller().await.unwrap();
    let reads = (0..connections).map(|_| directory.read_marker(anchor));
    for read in futures_util::future::join_all(reads).await {
        read.unwrap();
    }
}

#[tokio::test]
async fn four_connections_that_were_cut_silently_cost_one_read_half_a_second() {
    let domain = TestDomain::from_environment().await;
    let account = domain.create_account().await;
    let (forwarder, settings) = through_a_forwarder(&domain).await;
    let directory = LdapsDirectory::start(settings);
    open_all(&directory, 4, account.anchor).await;
    let opened = forwarder.accepted.load(Ordering::SeqCst);
    assert!(opened >= 4, "{opened} connections");
    forwarder.cut();
    let mut took = Vec::new();
    for _ in 0..8 {
        let started = Instant::now();
        let read = directory.read_account(account.anchor, &NamedBy::Anchor).await;
        took.push(started.elapsed());
        assert!(read.is_ok(), "{read:?}");
    }
    eprintln!("eight reads one after the other, after four connections were cut: {took:?}");
    assert!(took[0] < ONE_CUT, "{took:?}");
    let others: Duration = took[1..].iter().sum();
    assert!(others < ONE_CUT, "the others met a dead connection: {took:?}");
    assert_eq!(forwarder.accepted.load(Ordering::SeqCst), opened + 1);
}

#[tokio::test]
async fn a_write_is_not_sent_on_a_connection_that_may_have_been_cut_while_it_was_idle() {
    let domain = TestDomain::from_environment().await;
    let account = domain.create_account().await;
    let (forwarder, mut settings) = through_a_forwarder(&domain).await;
    // As if it had been idle for long.
    settings.timeouts.recent = Duration::ZERO;
    let directory = LdapsDirectory::start(settings);
    open_all(&directory, 2, account.anchor).await;
    forwarder.cut();
    let new = UnicodePwd::encode("Second-Harbour-48");
    let request = WriteRequest {
        anchor: account.anchor,
        read_at: &domain.controller,
        marker: None,
        name: None,
        write: Write::Reset { new: &new },
    };
    let started = Instant::now();
    let result = directory.write(&request).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    assert!(started.elapsed() < ONE_CUT, "{:?}", started.elapsed());
    assert!(account.binds_with("Second-Harbour-48").await);
}

#[tokio::test]
async fn a_write_that_is_cut_off_is_given_up_when_the_connection_beside_it_shows_the_cut() {
    let script = Arc::new(|nth: usize, id: &[u8]| match nth {
        0 => Reaction::Silence,
        _ => Reaction::Answer(modified(id, 0, b"")),
    });
    let server = FakeLdapServer::start(script).await;
    let forwarder = Forwarder::start(server.port).await;
    let mut settings = server.settings();
    settings.url.port = forwarder.port;
    settings.timeouts.write = Duration::from_secs(60);
    let directory = Arc::new(LdapsDirectory::start(settings));
    open_all(&directory, 1, AccountAnchor::new(Uuid::nil())).await;
    let writing = tokio::spawn({
        let directory = Arc::clone(&directory);
        async move {
            let new = UnicodePwd::encode("Second-Harbour-48");
            let request = WriteRequest {
                anchor: AccountAnchor::new(Uuid::nil()),
                read_at: &controller(),
                marker: None,
                name: None,
                write: Write::Reset { new: &new },
            };
            directory.write(&request).await
        }
    });
    let modifies = Arc::clone(&server.modifies);
    wait_until("the write is on its way", async || {
        modifies.load(Ordering::SeqCst) == 1
    })
    .await;
    forwarder.cut();
    let result = soon("the end of the write", writing).await.unwrap();
    assert!(
        matches!(result, WriteResult::Unknown(UnknownCause::ConnectionLost)),
        "{result:?}"
    );
    assert_eq!(modifies.load(Ordering::SeqCst), 1, "it is not sent again here");
}

/// A domain controller that thinks is not a connection that was cut.
#[tokio::test]
async fn a_slow_domain_controller_is_waited_for() {
    let server = FakeLdapServer::start(Arc::new(|_, id: &[u8]| Reaction::Answer(modified(id, 0, b"")))).await;
    let mut settings = server.settings();
    settings.timeouts.silence = Duration::from_millis(20);
    let directory = LdapsDirectory::start(settings);
    let anchor = AccountAnchor::new(Uuid::nil());
    open_all(&directory, 2, anchor).await;
    server.delay.store(200, Ordering::SeqCst);
    for sent in 1..=3 {
        directory.read_marker(anchor).await.unwrap();
        let new = UnicodePwd::encode("Slow-Harbour-48");
        let request = WriteRequest {
            anchor,
            read_at: &controller(),
            marker: None,
            name: None,
            write: Write::Reset { new: &new },
        };
        let result = directory.write(&request).await;
        assert!(matches!(result, WriteResult::Done), "{result:?}");
        assert_eq!(server.modifies.load(Ordering::SeqCst), sent);
    }
}
