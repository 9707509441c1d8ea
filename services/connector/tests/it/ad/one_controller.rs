//! A write goes to the very domain controller that was read, or is not sent. Two domain controllers behind one name are
//! played by the fake server, which answers each connection as the next of a list: of Samba there is one here.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use groundwire_connector::ad::{
    ActiveDirectory, AdError, DomainController, LdapsDirectory, UnicodePwd, Write, WriteRequest, WriteResult,
};
use groundwire_connector::domain::{AccountAnchor, NamedBy};
use groundwire_proto::reasons::ReasonCode;
use uuid::Uuid;

use crate::ad::fake_server::{FakeLdapServer, Identity, Reaction, modified};

const ONE: Identity = ("dc1.corp.example", Uuid::from_u128(1));
const OTHER: Identity = ("dc2.corp.example", Uuid::from_u128(2));

/// A server that says that it is the first one, and a directory with a connection to it.
async fn connected() -> (FakeLdapServer, LdapsDirectory) {
    let server = FakeLdapServer::start(Arc::new(|_, id: &[u8]| Reaction::Answer(modified(id, 0, b"")))).await;
    answer_next_as(&server, &[ONE]);
    let directory = LdapsDirectory::start(server.settings());
    assert_eq!(directory.domain_controller().await.unwrap().name, ONE.0);
    (server, directory)
}

/// As who the next connections are answered; the last one stays.
fn answer_next_as(server: &FakeLdapServer, identities: &[Identity]) {
    *server.identities.lock() = identities.to_vec();
}

async fn reset_password(directory: &LdapsDirectory, read_at: &DomainController) -> WriteResult {
    let new = UnicodePwd::encode("Second-Harbour-48");
    let request = WriteRequest {
        anchor: AccountAnchor::new(Uuid::nil()),
        read_at,
        marker: None,
        name: None,
        write: Write::Reset { new: &new },
    };
    directory.write(&request).await
}

/// Four reads at once, which need four connections: where each was made.
async fn four_reads(directory: &LdapsDirectory) -> Vec<Result<DomainController, AdError>> {
    let anchor = AccountAnchor::new(Uuid::nil());
    let reads = (0..4).map(|_| async move {
        let reading = directory.read_account(anchor, &NamedBy::Anchor).await?;
        Ok(reading.domain_controller)
    });
    futures_util::future::join_all(reads).await
}

#[tokio::test]
async fn all_connections_lead_to_one_domain_controller_where_the_name_leads_to_two() {
    let (server, directory) = connected().await;
    answer_next_as(&server, &[OTHER, OTHER, ONE, OTHER, ONE]);
    for read in four_reads(&directory).await {
        assert_eq!(read.unwrap().name, ONE.0);
    }
    assert_eq!(
        server.identities.lock().len(),
        1,
        "the others were tried and not used"
    );
}

#[tokio::test]
async fn where_only_another_domain_controller_is_found_nothing_is_mixed_and_the_name_is_blamed() {
    let (server, directory) = connected().await;
    answer_next_as(&server, &[OTHER]);
    let mut refused = 0;
    for read in four_reads(&directory).await {
        let error = match read {
            Ok(found) => {
                assert_eq!(found.name, ONE.0);
                continue;
            }
            Err(error) => error,
        };
        refused += 1;
        assert!(matches!(error, AdError::OtherController { .. }), "{error}");
        let reason = error.reason();
        assert_eq!(reason.code(), ReasonCode::DcUnreachable);
        let words = reason.admin_message();
        assert!(words.contains("ad.url leads to dc2.corp.example"), "{words}");
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn a_write_is_not_sent_to_another_domain_controller_than_was_read() {
    let (server, directory) = connected().await;
    let read_at = directory.domain_controller().await.unwrap();
    answer_next_as(&server, &[OTHER]);
    // The first one goes away, with all connections to it; the name leads to the other one now.
    server.generation.fetch_add(1, Ordering::SeqCst);
    assert_eq!(directory.domain_controller().await.unwrap().name, OTHER.0);
    let result = reset_password(&directory, &read_at).await;
    assert!(
        matches!(&result, WriteResult::NotSent(error) if error.is_passing()),
        "{result:?}"
    );
    assert_eq!(server.modifies.load(Ordering::SeqCst), 0);
    let read_anew = directory.domain_controller().await.unwrap();
    let result = reset_password(&directory, &read_anew).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
}

#[tokio::test]
async fn a_write_is_not_sent_to_a_domain_controller_that_was_restored_since_it_was_read() {
    let (server, directory) = connected().await;
    let read_at = directory.domain_controller().await.unwrap();
    answer_next_as(&server, &[(ONE.0, Uuid::from_u128(3))]);
    server.generation.fetch_add(1, Ordering::SeqCst);
    let restored = directory.domain_controller().await.unwrap();
    assert_eq!(restored.invocation_id, Some(Uuid::from_u128(3)));
    let result = reset_password(&directory, &read_at).await;
    assert!(matches!(result, WriteResult::NotSent(_)), "{result:?}");
    assert_eq!(server.modifies.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_domain_controllers_behind_a_name_are_found() {
    let (server, directory) = connected().await;
    assert_eq!(directory.find_controllers().await.unwrap(), [ONE.0]);
    answer_next_as(&server, &[ONE, OTHER]);
    assert_eq!(directory.find_controllers().await.unwrap(), [ONE.0, OTHER.0]);
}
