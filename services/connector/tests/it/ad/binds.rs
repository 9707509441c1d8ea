//! Binds that are slow, or not answered: each may be counted as a wrong password, so none is sent twice in a hurry.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use groundwire_connector::ad::{ActiveDirectory, AdError, BindPauses, LdapsDirectory};
use groundwire_connector::domain::AccountAnchor;
use groundwire_kit::testing::wait_until;
use groundwire_proto::reasons::ReasonCode;
use uuid::Uuid;

use crate::ad::fake_server::{FakeLdapServer, Reaction, message, modified, result};

const WRONG: &[u8] =
    b"80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data 52e, v4563";

/// A server whose connections are all open, and ended at their next message; from then on it reacts to binds like this.
async fn proven(
    pauses: BindPauses,
    react: impl Fn(&[u8]) -> Reaction + Send + Sync + 'static,
) -> (FakeLdapServer, LdapsDirectory) {
    let server = FakeLdapServer::start(Arc::new(|_, id: &[u8]| Reaction::Answer(modified(id, 0, b"")))).await;
    let mut settings = server.settings();
    settings.connections = 1;
    settings.bind_pauses = pauses;
    settings.timeouts.bind = Duration::from_secs(4);
    let directory = LdapsDirectory::start(settings);
    directory.domain_controller().await.unwrap();
    directory
        .read_marker(AccountAnchor::new(Uuid::nil()))
        .await
        .unwrap();
    wait_until("both connections are open", async || {
        server.binds.load(Ordering::SeqCst) == 2
    })
    .await;
    server.generation.fetch_add(1, Ordering::SeqCst);
    *server.bind_script.lock() = Some(Arc::new(move |_, id: &[u8]| react(id)));
    server.binds.store(0, Ordering::SeqCst);
    (server, directory)
}

#[tokio::test]
async fn a_bind_that_is_refused_late_is_sent_once() {
    let (server, directory) = proven(BindPauses::default(), |id| {
        let refused = message(id, result(0x61, 49, WRONG));
        Reaction::AnswerAfter(Duration::from_millis(1_500), refused)
    })
    .await;
    for _ in 0..3 {
        let refused = directory.domain_controller().await;
        assert!(
            matches!(refused, Err(AdError::ServiceAccountRefused { data: Some(0x52e) })),
            "{refused:?}"
        );
    }
    assert_eq!(server.binds.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_bind_whose_connection_is_lost_is_not_sent_again_at_once() {
    let (server, directory) = proven(BindPauses::default(), |_| Reaction::AnswerAndClose(Vec::new())).await;
    let lost = directory.domain_controller().await.unwrap_err();
    assert_eq!(lost.reason().code(), ReasonCode::DcUnreachable);
    for _ in 0..10 {
        let error = directory.domain_controller().await.unwrap_err();
        assert!(error.is_outage() && error.is_passing(), "{error}");
    }
    assert_eq!(server.binds.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_service_account_whose_binds_are_not_answered_is_tried_three_times_and_not_locked() {
    let pauses = BindPauses {
        unanswered: Duration::from_millis(10),
        ..BindPauses::default()
    };
    let (server, directory) = proven(pauses, |_| Reaction::AnswerAndClose(Vec::new())).await;
    wait_until("three binds are sent", async || {
        let error = directory.domain_controller().await.unwrap_err();
        assert!(error.is_outage() && error.is_passing(), "{error}");
        server.binds.load(Ordering::SeqCst) == 3
    })
    .await;
    for _ in 0..50 {
        directory.domain_controller().await.unwrap_err();
    }
    assert_eq!(server.binds.load(Ordering::SeqCst), 3);
}
