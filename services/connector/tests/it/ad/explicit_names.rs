//! An implicit userPrincipalName that another account has explicitly: Samba lets nobody make one, Windows may hold one. So a
//! fake server answers as a domain controller would that does.

use std::sync::Arc;

use groundwire_connector::ad::{ActiveDirectory, LdapsDirectory};
use groundwire_connector::domain::{AccountAnchor, NamedBy, ObjectGuid};
use groundwire_proto::operation::LookupName;
use uuid::Uuid;

use crate::ad::fake_server::{FakeLdapServer, Reaction, element, message, result};

/// An entry with this objectGUID and nothing else.
fn entry(anchor: AccountAnchor) -> Vec<u8> {
    let values = element(0x31, &element(0x04, &anchor.to_object_guid()));
    let attribute = element(0x30, &[element(0x04, b"objectGUID"), values].concat());
    element(
        0x64,
        &[element(0x04, b"CN=a"), element(0x30, &attribute)].concat(),
    )
}

fn has(message: &[u8], part: &[u8]) -> bool {
    message.windows(part.len()).any(|found| found == part)
}

/// Whether the account with this anchor bears `anna@scripted`, where it met the filter by its sAMAccountName and these accounts
/// have that name explicitly.
async fn bears_name(anchor: AccountAnchor, explicit: Vec<AccountAnchor>) -> bool {
    let server = FakeLdapServer::start(Arc::new(|_, _: &[u8]| Reaction::Silence)).await;
    *server.search_script.lock() = Some(Arc::new(move |id: &[u8], body: &[u8]| {
        // An OR (RFC 4511 4.5.1: tag 1) is the account's own filter; a bare equality (tag 3) looks for who has the name.
        let found = match (
            has(body, b"userPrincipalName"),
            has(body, b"sAMAccountName\x04\x04anna"),
        ) {
            (true, true) => vec![anchor],
            (true, false) if has(body, b"userPrincipalName\x04\x0danna@scripted") => explicit.clone(),
            _ => return None,
        };
        let entries = found.into_iter().map(|anchor| message(id, entry(anchor)));
        Some(
            entries
                .chain([message(id, result(0x65, 0, b""))])
                .collect::<Vec<_>>()
                .concat(),
        )
    }));
    let name = LookupName::UserPrincipalName("anna@scripted".to_owned());
    let directory = LdapsDirectory::start(server.settings());
    let read = directory.read_account(anchor, &NamedBy::Name(name)).await;
    read.unwrap().bears_name
}

#[tokio::test]
async fn an_implicit_principal_is_not_its_accounts_where_only_others_have_it_explicitly() {
    let [account, other] = [1, 2].map(|id| AccountAnchor::new(Uuid::from_u128(id)));
    assert!(bears_name(account, vec![]).await);
    assert!(!bears_name(account, vec![other]).await);
    assert!(bears_name(account, vec![other, account]).await);
}
