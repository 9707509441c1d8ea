//! What holds of every parser of this crate for any bytes: run by the fuzzer (`tests/fuzz`), and on its seeds by the
//! unit tests. A property that does not hold panics.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a property tells that it does not hold"
)]

use std::sync::LazyLock;

use uuid::Uuid;

use crate::payload::{MAX_PASSWORD_BYTES, PADDED_PAYLOAD_BYTES};
use crate::signed::{Domain, Signed, SigningKey, Verified, VerifyError};
use crate::{
    CIPHERTEXT_BYTES, ENCAPSULATED_KEY_BYTES, Fingerprint, KeyId, MalformedPayload, OpenError, Password,
    SealContext, SealError, SealedCopy, SealedKind, SealingPrivateKey, SealingPublicKey, SecretPayload,
    SecretRefused, open, seal,
};

const DOMAINS: [Domain; 6] = [
    Domain::Event,
    Domain::Check,
    Domain::KeyCertificate,
    Domain::Checkpoint,
    Domain::SigningKeySuccession,
    Domain::EnrollmentProof,
];

const KINDS: [SealedKind; 4] = [
    SealedKind::Change,
    SealedKind::SelfReset,
    SealedKind::AdminReset,
    SealedKind::Check,
];

const CONTEXT: SealContext = SealContext {
    tenant: Uuid::from_u128(1),
    group: Uuid::from_u128(2),
    anchor: Uuid::from_u128(3),
    operation_id: Uuid::from_u128(4),
    kind: SealedKind::Change,
    not_after_unix_ms: 1_800_000_000_000,
};

static SIGNER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[3; 32]).ok().unwrap());
static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[4; 32]).ok().unwrap());
static OPENER: LazyLock<SealingPrivateKey> =
    LazyLock::new(|| SealingPrivateKey::from_bytes(&[5; 32]).ok().unwrap());
static SEALED: LazyLock<SealedCopy> = LazyLock::new(|| {
    let secret = SecretPayload::change(Password::new("old".to_owned()), Password::new("new".to_owned()));
    let mut sealed = seal(&secret, &CONTEXT, &[OPENER.public_key().clone()]).unwrap();
    sealed.copies.remove(0)
});

/// A plaintext that parses has one encoding only, and any two passwords that fit survive it.
pub fn secret_payload(bytes: &[u8]) {
    if bytes.len() != PADDED_PAYLOAD_BYTES {
        assert_eq!(SecretPayload::decode(bytes).err(), Some(MalformedPayload::Size));
    }
    let mut sized = bytes.to_vec();
    sized.resize(PADDED_PAYLOAD_BYTES, 0);
    if let Ok(payload) = SecretPayload::decode(&sized) {
        assert_eq!(*payload.encode().unwrap(), sized);
    }

    let text = String::from_utf8_lossy(bytes);
    let (current, new) = text.split_once('\n').unwrap_or(("", &text));
    let pair = |payload: &SecretPayload| {
        let text = |password: &Option<Password>| password.as_ref().map(|it| it.expose().to_owned());
        (text(&payload.current), text(&payload.new))
    };
    let payload = SecretPayload::change(Password::new(current.to_owned()), Password::new(new.to_owned()));
    match payload.encode() {
        Ok(encoded) => {
            let decoded = SecretPayload::decode(&encoded).ok().unwrap();
            assert!(pair(&decoded) == pair(&payload), "another pair came back");
        }
        Err(refused) => {
            assert_eq!(refused, SecretRefused::TooLong);
            assert!(current.len().max(new.len()) > MAX_PASSWORD_BYTES);
        }
    }
}

/// Made-up copies never open; a real one opens as long as nothing of it, and nothing it is bound to, was altered.
pub fn sealed_secret(bytes: &[u8]) {
    let enc = bytes.get(..ENCAPSULATED_KEY_BYTES).unwrap_or(bytes).to_vec();
    let mut ciphertext = bytes.get(ENCAPSULATED_KEY_BYTES..).unwrap_or_default().to_vec();
    if ciphertext.len() < CIPHERTEXT_BYTES {
        ciphertext.resize(CIPHERTEXT_BYTES, 0);
    }
    let made_up = SealedCopy {
        key_id: OPENER.id(),
        enc,
        ciphertext,
    };
    let opened = open(&made_up, &CONTEXT, &OPENER).map(|_| ());
    assert!(matches!(
        opened,
        Err(OpenError::NotAuthentic | OpenError::MalformedCopy)
    ));

    let Some((&[high, low, flip, kind, bound], _)) = bytes.split_first_chunk::<5>() else {
        return;
    };
    let mut copy = SEALED.clone();
    let at = usize::from(u16::from_be_bytes([high, low])) % (ENCAPSULATED_KEY_BYTES + CIPHERTEXT_BYTES);
    match at.checked_sub(ENCAPSULATED_KEY_BYTES) {
        None => copy.enc[at] ^= flip,
        Some(at) => copy.ciphertext[at] ^= flip,
    }
    let kind = KINDS[usize::from(kind) % KINDS.len()];
    let elsewhere = |bit: u8| u128::from(bound >> bit & 1) << 64;
    let context = SealContext {
        tenant: Uuid::from_u128(1 | elsewhere(0)),
        group: Uuid::from_u128(2 | elsewhere(1)),
        anchor: Uuid::from_u128(3 | elsewhere(2)),
        operation_id: Uuid::from_u128(4 | elsewhere(3)),
        kind,
        not_after_unix_ms: CONTEXT.not_after_unix_ms + i64::from(bound >> 4),
    };
    match open(&copy, &context, &OPENER) {
        Ok(payload) => {
            assert!(flip == 0 && context == CONTEXT, "an altered copy opened");
            assert!(payload.new.is_some_and(|new| new.expose() == "new"));
        }
        Err(error) => {
            assert_eq!(error, OpenError::NotAuthentic);
            assert!(flip != 0 || context != CONTEXT, "a good copy did not open");
        }
    }
}

/// Sealing to whatever bytes a certificate names is done or refused; keys survive their bytes.
pub fn sealing_key(bytes: &[u8]) {
    let Ok(key) = SealingPublicKey::from_bytes(bytes) else {
        assert_ne!(bytes.len(), 32);
        return;
    };
    assert_eq!(key.to_bytes().as_slice(), bytes);
    assert_eq!(key.id(), KeyId::of(bytes));
    let secret = SecretPayload::reset(Password::new("new".to_owned()));
    let context = SealContext {
        kind: SealedKind::SelfReset,
        ..CONTEXT
    };
    match seal(&secret, &context, std::slice::from_ref(&key)) {
        Ok(sealed) => assert!(sealed.copy_for(key.id()).is_some()),
        Err(error) => assert_eq!(error, SealError::UnusableKey(key.id())),
    }
}

/// Made-up signatures never verify; a real one does, under its own key, for its own domain and unaltered payload only.
pub fn signed_bytes(bytes: &[u8]) {
    let key = SIGNER.verifying_key();
    let (signature, payload) = bytes.split_at(bytes.len().min(64));
    match Signed::from_parts(payload.to_vec(), key.id(), signature) {
        Ok(signed) => assert_eq!(
            key.verify(Domain::Event, signed),
            Err(VerifyError::WrongSignature)
        ),
        Err(error) => {
            assert_eq!(error, VerifyError::MalformedSignature);
            assert_ne!(signature.len(), 64);
        }
    }

    let Some((&[signed_for, verified_for, at, flip], payload)) = bytes.split_first_chunk::<4>() else {
        return;
    };
    let domain = |number: u8| DOMAINS[usize::from(number) % DOMAINS.len()];
    let (signed_for, verified_for) = (domain(signed_for), domain(verified_for));
    let mut parts = SIGNER.sign(signed_for, payload.to_vec()).into_parts();
    let at = usize::from(at) % (64 + payload.len());
    match at.checked_sub(64) {
        None => parts.signature[at] ^= flip,
        Some(at) => parts.payload[at] ^= flip,
    }
    let signed = Signed::from_parts(parts.payload, parts.key_id, &parts.signature).unwrap();
    let unknown = Err(VerifyError::UnknownKey(key.id()));
    assert_eq!(
        STRANGER.verifying_key().verify(verified_for, signed.clone()),
        unknown
    );
    let verified = key.verify(verified_for, signed).map(Verified::into_bytes);
    if flip == 0 && signed_for == verified_for {
        assert_eq!(verified.as_deref(), Ok(payload));
    } else {
        assert_eq!(verified, Err(VerifyError::WrongSignature));
    }
}

/// Associated data can be taken apart into what it was made of, so no two contexts have the same.
pub fn associated_data(bytes: &[u8]) {
    let mut sized = bytes.to_vec();
    sized.resize(89, 0);
    let id = |at: usize| Uuid::from_slice(&sized[at..at + 16]).unwrap();
    let kind = SealedKind::from_code(sized[88]).unwrap_or(SealedKind::Check);
    let context = SealContext {
        tenant: id(0),
        group: id(16),
        anchor: id(32),
        operation_id: id(48),
        kind,
        not_after_unix_ms: i64::from_be_bytes(sized[64..72].try_into().unwrap()),
    };
    let recipient = KeyId::from_bytes(sized[72..88].try_into().unwrap());
    let encoded = context.associated_data(recipient);
    let mut fields = Vec::new();
    let mut rest = encoded.as_slice();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (field, after) = after.split_at(usize::try_from(u32::from_be_bytes(*length)).unwrap());
        fields.push(field);
        rest = after;
    }
    let expected: [&[u8]; 8] = [
        b"groundwire secret v1",
        &sized[..16],
        &sized[16..32],
        &recipient.to_string().into_bytes(),
        &sized[32..48],
        &sized[48..64],
        &[kind.code()],
        &sized[64..72],
    ];
    assert_eq!(fields, expected);
    assert!(rest.is_empty());
}

/// Key ids and fingerprints have one text each, but for case (and colons, in a fingerprint).
pub fn identity(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(id) = text.parse::<KeyId>() {
        assert_eq!(id.to_string(), text.to_lowercase());
    }
    if let Ok(fingerprint) = text.parse::<Fingerprint>() {
        assert_eq!(fingerprint.to_string(), text.replace(':', "").to_lowercase());
    }
    let (id, fingerprint) = (KeyId::of(bytes), Fingerprint::of(bytes));
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
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
            "envelope",
            &[
                ("secret_payload", secret_payload),
                ("sealed_secret", sealed_secret),
                ("sealing_key", sealing_key),
                ("signed_bytes", signed_bytes),
                ("associated_data", associated_data),
                ("identity", identity),
            ],
        );
    }
}
