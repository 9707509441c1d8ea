//! What holds of the parsers of this module for any bytes (see [`crate::properties`]).

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a property says that it does not hold"
)]

use std::sync::LazyLock;

use groundwire_envelope::signed::{Domain, SigningKey};
use groundwire_envelope::{SealedKind, SealingPrivateKey};
use groundwire_kit::clock::SystemClock;
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::{CheckRequest, PasswordEvent, PasswordEventPayload};
use prost::Message;
use uuid::Uuid;

use super::group::GroupContext;
use super::secret::{SealedFor, SealingKeys, SecretInHand, open_secret};
use super::verified_event::{Undeliverable, verify_check, verify_event};
use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

static DIRECTORY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[3; 32]).ok().unwrap());
static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[4; 32]).ok().unwrap());
static KEYS: LazyLock<SealingKeys> =
    LazyLock::new(|| SealingKeys::new(vec![SealingPrivateKey::from_bytes(&[5; 32]).ok().unwrap()]));

static GROUP: LazyLock<GroupContext> = LazyLock::new(|| GroupContext {
    tenant: TenantId::new(Uuid::from_u128(1)),
    group: ConnectorGroupId::new(Uuid::from_u128(2)),
    connector: ConnectorId::new(Uuid::from_u128(3)),
    marker_keys: Vec::new(),
    event_keys: vec![DIRECTORY.verifying_key()],
});

fn signed(key: &SigningKey, domain: Domain, payload: &[u8]) -> Option<SignedBytes> {
    Some(key.sign(domain, payload.to_vec()).into())
}

/// No frame that the directory did not sign as an event is an event; of what it signed, an event is only what is
/// addressed to this connector; and the same event sent again has the same digest.
pub fn password_event(bytes: &[u8]) {
    if let Ok(frame) = PasswordEvent::decode(bytes) {
        assert!(
            verify_event(frame, &GROUP, &SystemClock).is_err(),
            "believed without a signature"
        );
    }
    let sent = |event| {
        verify_event(
            PasswordEvent {
                event,
                ..PasswordEvent::default()
            },
            &GROUP,
            &SystemClock,
        )
    };
    for event in [
        signed(&STRANGER, Domain::Event, bytes),
        signed(&DIRECTORY, Domain::Check, bytes),
    ] {
        assert!(matches!(sent(event).err(), Some(Undeliverable::Signature(_))));
    }
    let Ok(verified) = sent(signed(&DIRECTORY, Domain::Event, bytes)) else {
        return;
    };
    let operation = &verified.operation;
    assert!(operation.attempt.0 > 0 && operation.sequence.0 > 0);
    let payload = PasswordEventPayload::decode(bytes).unwrap();
    assert_eq!(payload.tenant_id.parse(), Ok(GROUP.tenant));
    assert_eq!(payload.connector_group_id.parse(), Ok(GROUP.group));
    assert_eq!(payload.connector_id.parse(), Ok(GROUP.connector));
    let again = PasswordEventPayload {
        traceparent: String::new(),
        signed_at: None,
        ..payload.clone()
    };
    let again = sent(signed(&DIRECTORY, Domain::Event, &again.encode_to_vec()))
        .ok()
        .unwrap();
    assert_eq!(again.content_digest, verified.content_digest);
    let next = PasswordEventPayload {
        sequence: payload.sequence.wrapping_add(1).max(1),
        ..payload
    };
    let next = sent(signed(&DIRECTORY, Domain::Event, &next.encode_to_vec()))
        .ok()
        .unwrap();
    assert_ne!(next.content_digest, verified.content_digest);

    if let Some(kind) = operation.kind.sealed_kind() {
        let purpose = SealedFor {
            anchor: operation.anchor,
            id: operation.id.uuid(),
            kind,
        };
        never_opens(verified.secret.as_ref(), &purpose);
    }
}

/// As [`password_event`], for checks: an event is never taken for one.
pub fn check_request(bytes: &[u8]) {
    if let Ok(frame) = CheckRequest::decode(bytes) {
        assert!(
            verify_check(frame, &GROUP, &SystemClock).is_err(),
            "believed without a signature"
        );
    }
    let sent = |check| verify_check(CheckRequest { check }, &GROUP, &SystemClock);
    for check in [
        signed(&STRANGER, Domain::Check, bytes),
        signed(&DIRECTORY, Domain::Event, bytes),
    ] {
        assert!(matches!(sent(check).err(), Some(Undeliverable::Signature(_))));
    }
    if let Ok(check) = sent(signed(&DIRECTORY, Domain::Check, bytes)) {
        let purpose = SealedFor {
            anchor: check.anchor,
            id: check.id,
            kind: SealedKind::Check,
        };
        never_opens(check.secret.as_ref(), &purpose);
    }
}

/// Nobody sealed anything, so nothing opens.
fn never_opens(secret: Option<&groundwire_proto::envelope::v1::SealedSecret>, purpose: &SealedFor) {
    let opened = open_secret(&KEYS, &GROUP, secret, purpose);
    assert!(matches!(opened, SecretInHand::Missing(_)));
}
