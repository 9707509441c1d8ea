//! Writes that wait between the comparison of the account's name and their sending: they are sent only if it still bears it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use groundwire_connector::ad::{
    ActiveDirectory, AdError, ComparedName, LdapsDirectory, UnicodePwd, Write, WriteRequest, WriteResult,
};
use groundwire_connector::domain::{AccountAnchor, NamedBy};
use groundwire_kit::testing::wait_until;
use groundwire_proto::operation::LookupName;
use uuid::Uuid;

use crate::ad::fake_server::{FakeLdapServer, Reaction, message, modified, result};
use crate::ad::faults::controller;

/// A domain controller with one account, which may lose its name; how often it compared that.
struct Named {
    server: FakeLdapServer,
    is_lost: Arc<AtomicBool>,
    comparisons: Arc<AtomicUsize>,
}

impl Named {
    /// The first modify takes so long.
    async fn start(first_write: Duration) -> Self {
        let server = FakeLdapServer::start(Arc::new(move |nth, id: &[u8]| match nth {
            0 => Reaction::AnswerAfter(first_write, modified(id, 0, b"")),
            _ => Reaction::Answer(modified(id, 0, b"")),
        }))
        .await;
        let (is_lost, comparisons) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (lost, compared) = (is_lost.clone(), comparisons.clone());
        *server.search_script.lock() = Some(Arc::new(move |id: &[u8], body: &[u8]| {
            if !body.windows(14).any(|part| part == b"sAMAccountName") {
                return None;
            }
            compared.fetch_add(1, Ordering::SeqCst);
            let nobody = || message(id, result(0x65, 0, b""));
            lost.load(Ordering::SeqCst).then(nobody)
        }));
        Self {
            server,
            is_lost,
            comparisons,
        }
    }

    fn directory(&self) -> LdapsDirectory {
        let mut settings = self.server.settings();
        settings.connections = 1;
        LdapsDirectory::start(settings)
    }

    fn compared(&self) -> usize {
        self.comparisons.load(Ordering::SeqCst)
    }

    fn writes(&self) -> usize {
        self.server.modifies.load(Ordering::SeqCst)
    }
}

async fn write(directory: &LdapsDirectory, age: Duration) -> WriteResult {
    let named_by = NamedBy::Name(LookupName::SamAccountName("anna".to_owned()));
    let new = UnicodePwd::encode("Second-Harbour-48");
    let request = WriteRequest {
        anchor: AccountAnchor::new(Uuid::nil()),
        read_at: &controller(),
        marker: None,
        name: ComparedName::new(&named_by, age),
        write: Write::Reset { new: &new },
    };
    directory.write(&request).await
}

#[tokio::test]
async fn a_name_that_was_compared_just_now_is_not_compared_again() {
    let named = Named::start(Duration::ZERO).await;
    let directory = named.directory();
    directory
        .read_marker(AccountAnchor::new(Uuid::nil()))
        .await
        .unwrap();
    let result = write(&directory, Duration::ZERO).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    assert_eq!((named.compared(), named.writes()), (0, 1));
}

#[tokio::test]
async fn a_name_that_was_compared_long_ago_is_compared_before_the_write_is_sent() {
    let named = Named::start(Duration::ZERO).await;
    let directory = named.directory();
    let result = write(&directory, Duration::from_secs(1)).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    assert_eq!((named.compared(), named.writes()), (1, 1));
    named.is_lost.store(true, Ordering::SeqCst);
    let result = write(&directory, Duration::from_secs(1)).await;
    assert!(
        matches!(result, WriteResult::NotSent(AdError::NameMoved)),
        "{result:?}"
    );
    assert_eq!((named.compared(), named.writes()), (2, 1));
}

#[tokio::test]
async fn a_write_that_waited_for_a_connection_is_not_sent_to_an_account_that_lost_its_name_meanwhile() {
    let named = Named::start(Duration::from_millis(800)).await;
    let directory = Arc::new(named.directory());
    directory
        .read_marker(AccountAnchor::new(Uuid::nil()))
        .await
        .unwrap();
    let busy = directory.clone();
    let first = tokio::spawn(async move { write(&busy, Duration::ZERO).await });
    wait_until("the only connection is in use", async || named.writes() == 1).await;
    named.is_lost.store(true, Ordering::SeqCst);
    let second = write(&directory, Duration::ZERO).await;
    assert!(
        matches!(second, WriteResult::NotSent(AdError::NameMoved)),
        "{second:?}"
    );
    assert!(matches!(first.await.unwrap(), WriteResult::Done));
    assert_eq!(named.writes(), 1);
}
