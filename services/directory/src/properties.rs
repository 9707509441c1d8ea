//! What holds of every parser of this crate for any bytes: run by the fuzzer (`tests/fuzz`), and on its seeds by the
//! unit tests. A property that does not hold panics.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a property tells that it does not hold"
)]

use std::path::Path;
use std::sync::LazyLock;

use groundwire_envelope::signed::{Domain, SigningKey};
use groundwire_envelope::{Fingerprint, KeyId};
use groundwire_proto::enrollment_token::EnrollmentToken;
use groundwire_proto::envelope::v1::SealingKeyCertificate;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::operation::v1 as wire;
use prost::Message;
use secrecy::ExposeSecret;
use tonic::metadata::{MetadataMap, MetadataValue};
use uuid::Uuid;

use crate::accounts;
use crate::domain::{AccountAnchor, AccountName, ConnectorGroupId, OperationId, Role, TenantId};
use crate::enrollment::ConnectorIdentity;
use crate::enrollment::key_certificate::{self, KeyRefused};
use crate::grpc::fields;
use crate::grpc::passwords::queries;
use crate::grpc::principal::{StaticTokens, TENANT_KEY};

const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));
const GROUP: ConnectorGroupId = ConnectorGroupId::new(Uuid::from_u128(2));

static ROOT: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[3; 32]).ok().unwrap());
static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[4; 32]).ok().unwrap());

static TOKENS: LazyLock<StaticTokens> = LazyLock::new(|| {
    let hash = |token: &[u8]| Fingerprint::of(token);
    let file = format!(
        "[[token]]\nsubject = \"app\"\nrole = \"self_service_app\"\ntenant = \"{TENANT}\"\nsha256 = \"{}\"\n\
         [[token]]\nsubject = \"root\"\nrole = \"operator\"\nsha256 = \"{}\"\n",
        hash(b"s-app"),
        hash(b"s-root"),
    );
    StaticTokens::parse(Path::new("tokens.toml"), &file).ok().unwrap()
});

/// A token survives its text, and nothing of the secret is in what can be logged of it.
pub fn enrollment_token(bytes: &[u8]) {
    let Ok(token) = String::from_utf8_lossy(bytes).parse::<EnrollmentToken>() else {
        return;
    };
    let text = token.text();
    let again: EnrollmentToken = text.expose_secret().parse().unwrap();
    assert_eq!((again.id, again.authority), (token.id, token.authority));
    assert_eq!(again.secret.hash(), token.secret.hash());
    let secret = text.expose_secret().split('.').nth(2).unwrap();
    assert!(!format!("{token:?}").contains(secret));
}

/// Two lines, the `authorization` header and the tenant that is named: nobody gets in without a token, an app acts in
/// its own tenant only, and an operator in the one that it names.
pub fn bearer_token(bytes: &[u8]) {
    let (header, named) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    };
    // What no header can hold does not get as far as here.
    let (Ok(value), Ok(tenant)) = (
        MetadataValue::try_from(header),
        named.map(MetadataValue::try_from).transpose(),
    ) else {
        return;
    };
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", value);
    if let Some(tenant) = tenant {
        metadata.insert(TENANT_KEY, tenant);
    }
    let Ok(caller) = TOKENS.authenticate(&metadata) else {
        return;
    };
    let token = header.split_at_checked(7).map(|(_, token)| token.trim_ascii());
    if caller.role == Role::Operator {
        assert_eq!(token, Some(&b"s-root"[..]));
        let named = named.map(|named| str::from_utf8(named).unwrap().parse().unwrap());
        assert_eq!(caller.tenant, named);
    } else {
        assert_eq!((token, caller.role), (Some(&b"s-app"[..]), Role::SelfServiceApp));
        assert_eq!(caller.tenant, Some(TENANT));
    }
}

/// Places survive their page tokens, and a token that is taken is the place it names.
pub fn page_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(place) = accounts::cursor(&text) {
        assert_eq!(accounts::page_token(place), text.to_lowercase());
    }
    if let Some(place) = queries::cursor(&text) {
        assert_eq!(queries::page_token(place), text);
        assert!(place.0 >= 0);
    }
    if let Some((number, rest)) = bytes.split_first_chunk::<16>() {
        let id = Uuid::from_bytes(*number);
        let other = Uuid::from_slice(rest.get(..16).unwrap_or(number)).unwrap();
        let account = (AccountAnchor::new(id), ConnectorGroupId::new(other));
        assert_eq!(accounts::cursor(&accounts::page_token(account)), Some(account));
        let requested_at_us = i64::from_be_bytes(number[..8].try_into().unwrap()) & i64::MAX;
        let operation = (requested_at_us, OperationId::new(other));
        assert_eq!(queries::cursor(&queries::page_token(operation)), Some(operation));
    }
}

/// A connector has one URI.
pub fn connector_identity(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(identity) = text.parse::<ConnectorIdentity>() {
        assert_eq!(identity.to_string(), text);
    }
}

/// A key is believed only under the root key of its own tenant and group, by its own name, and with times in order.
pub fn key_certificate(bytes: &[u8]) {
    let verify = |key: &SigningKey, domain, group| {
        let certificate = key.sign(domain, bytes.to_vec()).into();
        key_certificate::verify(certificate, &ROOT.verifying_key(), TENANT, group)
    };
    for forged in [
        verify(&STRANGER, Domain::KeyCertificate, GROUP),
        verify(&ROOT, Domain::Event, GROUP),
    ] {
        assert_eq!(forged.err(), Some(KeyRefused::Signature));
    }
    let Ok(key) = verify(&ROOT, Domain::KeyCertificate, GROUP) else {
        return;
    };
    let certificate = SealingKeyCertificate::decode(bytes).unwrap();
    assert_eq!(key.id(), KeyId::of(&certificate.public_key));
    assert_eq!(key.id().to_string(), certificate.key_id);
    assert!(key.is_active(key.seal_from) && key.can_open(key.seal_from));
    assert!(!key.is_active(key.seal_until) && !key.can_open(key.open_until));
    let elsewhere = verify(&ROOT, Domain::KeyCertificate, ConnectorGroupId::new(Uuid::nil()));
    assert_eq!(elsewhere.err(), Some(KeyRefused::Elsewhere));
}

/// A log head that parses can be stored and reported again, and is the same then.
pub fn log_head(bytes: &[u8]) {
    let Ok(head) = LogHead::decode(bytes) else {
        return;
    };
    if let Ok(seen) = SeenHead::try_from(&head) {
        assert!(i64::try_from(seen.position).is_ok());
        let again = LogHead::from(seen);
        assert_eq!((again.position, &again.hash), (head.position, &head.hash));
        assert_eq!(SeenHead::try_from(&again), Ok(seen));
    }
}

/// A name that gets past the edge can be looked up: Postgres takes it, and it is not endless.
pub fn account_name(bytes: &[u8]) {
    let Ok(message) = wire::AccountName::decode(bytes) else {
        return;
    };
    match fields::account_name(Some(message)) {
        Ok(AccountName::UserPrincipalName(name) | AccountName::SamAccountName(name)) => {
            assert!((1..=1024).contains(&name.chars().count()) && !name.contains('\0'));
        }
        Ok(AccountName::Anchor(anchor)) => assert_eq!(anchor.to_string().parse(), Ok(anchor)),
        Err(_) => {}
    }
}

#[cfg(test)]
#[path = "../../../tests/fuzz/seeds.rs"]
mod seeds;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_keeps_its_property() {
        seeds::keep(
            "directory",
            &[
                ("enrollment_token", enrollment_token),
                ("bearer_token", bearer_token),
                ("page_token", page_token),
                ("connector_identity", connector_identity),
                ("key_certificate", key_certificate),
                ("log_head", log_head),
                ("account_name", account_name),
            ],
        );
    }
}
