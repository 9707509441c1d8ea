//! Tests of sealing, and of the published vector that fixes its format.

use std::collections::HashMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{Password, SealedKind};

fn context() -> SealContext {
    SealContext {
        tenant: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
        group: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002),
        anchor: Uuid::from_u128(0x1b6d_4b1c_0001_4c3a_9f00_0102_0304_0506),
        operation_id: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0003),
        kind: SealedKind::Change,
        not_after_unix_ms: 1_800_000_000_000,
    }
}

fn change() -> SecretPayload {
    SecretPayload::change(
        Password::new("old \"pass\" word".to_owned()),
        Password::new("Нов🔑".to_owned()),
    )
}

fn opened(payload: Result<SecretPayload, OpenError>) -> Result<(Option<String>, Option<String>), OpenError> {
    let text = |password: Option<Password>| password.map(|password| password.expose().to_owned());
    payload.map(|payload| (text(payload.current), text(payload.new)))
}

#[test]
fn every_recipient_opens_its_own_copy() {
    let keys: Vec<_> = (0..3).map(|_| SealingPrivateKey::generate().unwrap()).collect();
    let recipients: Vec<_> = keys.iter().map(|key| key.public_key().clone()).collect();
    let sealed = seal(&change(), &context(), &recipients).unwrap();
    assert_eq!(sealed.copies.len(), 3);
    for key in &keys {
        let copy = sealed.copy_for(key.id()).unwrap();
        assert_eq!(
            (copy.enc.len(), copy.ciphertext.len()),
            (ENCAPSULATED_KEY_BYTES, CIPHERTEXT_BYTES)
        );
        let expected = (Some("old \"pass\" word".to_owned()), Some("Нов🔑".to_owned()));
        assert_eq!(opened(open(copy, &context(), key)), Ok(expected));
    }
}

#[test]
fn a_copy_opens_in_no_other_context() {
    let key = SealingPrivateKey::generate().unwrap();
    let sealed = seal(&change(), &context(), &[key.public_key().clone()]).unwrap();
    let other = Uuid::from_u128(9);
    let good = context();
    let contexts = [
        SealContext {
            tenant: other,
            ..good
        },
        SealContext { group: other, ..good },
        SealContext {
            anchor: other,
            ..good
        },
        SealContext {
            operation_id: other,
            ..good
        },
        SealContext {
            kind: SealedKind::Check,
            ..good
        },
        SealContext {
            not_after_unix_ms: good.not_after_unix_ms + 1,
            ..good
        },
    ];
    for context in contexts {
        assert_eq!(
            opened(open(&sealed.copies[0], &context, &key)),
            Err(OpenError::NotAuthentic)
        );
    }
}

#[test]
fn a_copy_opens_with_no_other_key() {
    let key = SealingPrivateKey::generate().unwrap();
    let stranger = SealingPrivateKey::generate().unwrap();
    let mut copy = seal(&change(), &context(), &[key.public_key().clone()])
        .unwrap()
        .copies
        .remove(0);
    assert_eq!(
        opened(open(&copy, &context(), &stranger)),
        Err(OpenError::OtherKey(key.id()))
    );
    copy.key_id = stranger.id();
    assert_eq!(
        opened(open(&copy, &context(), &stranger)),
        Err(OpenError::NotAuthentic)
    );
}

#[test]
fn what_cannot_be_sealed_has_its_own_error() {
    let key = SealingPrivateKey::generate().unwrap().public_key().clone();
    assert_eq!(seal(&change(), &context(), &[]), Err(SealError::NoRecipients));
    assert_eq!(
        seal(&change(), &context(), &[key.clone(), key.clone()]),
        Err(SealError::DuplicateRecipient(key.id()))
    );
    let small_order = SealingPublicKey::from_bytes(&[0; 32]).unwrap();
    assert_eq!(
        seal(&change(), &context(), std::slice::from_ref(&small_order)),
        Err(SealError::UnusableKey(small_order.id()))
    );
    let reset = SecretPayload::reset(Password::new("x".to_owned()));
    assert_eq!(
        seal(&reset, &context(), &[key]),
        Err(SealError::Secret(SecretRefused::WrongForKind))
    );
}

#[test]
fn an_authentic_secret_for_another_kind_is_refused() {
    let key = SealingPrivateKey::generate().unwrap();
    let reset = SecretPayload::reset(Password::new("x".to_owned()))
        .encode()
        .unwrap();
    let random = PreparedRandom::new(fresh_bytes().unwrap());
    let copy = seal_copy(&reset, &context(), key.public_key(), random).unwrap();
    let refused = OpenError::Payload(MalformedPayload::WrongForKind);
    assert_eq!(opened(open(&copy, &context(), &key)), Err(refused));
}

#[test]
fn sizes_say_nothing_about_the_passwords() {
    let key = SealingPrivateKey::generate().unwrap().public_key().clone();
    let sizes = |new: &str| {
        let context = SealContext {
            kind: SealedKind::SelfReset,
            ..context()
        };
        let secret = SecretPayload::reset(Password::new(new.to_owned()));
        let sealed = seal(&secret, &context, std::slice::from_ref(&key)).unwrap();
        (sealed.copies[0].enc.len(), sealed.copies[0].ciphertext.len())
    };
    assert_eq!(sizes("a"), sizes(&"€".repeat(256)));
}

#[test]
fn debug_output_shows_no_ciphertext() {
    let key = SealingPrivateKey::generate().unwrap().public_key().clone();
    let sealed = seal(&change(), &context(), &[key]).unwrap();
    assert!(!format!("{sealed:?}").contains("ciphertext"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_opening_panic(
        enc in proptest::collection::vec(any::<u8>(), 0..40),
        ciphertext in proptest::collection::vec(any::<u8>(), 0..1700),
        right_sizes in any::<bool>(),
    ) {
        let key = SealingPrivateKey::from_bytes(&[9; 32]).map_err(|_| ()).unwrap();
        let (mut enc, mut ciphertext) = (enc, ciphertext);
        if right_sizes {
            enc.resize(ENCAPSULATED_KEY_BYTES, 0);
            ciphertext.resize(CIPHERTEXT_BYTES, 0);
        }
        let copy = SealedCopy { key_id: key.id(), enc, ciphertext };
        prop_assert!(open(&copy, &context(), &key).is_err());
    }

    #[test]
    fn one_flipped_bit_is_noticed(byte in 0..(ENCAPSULATED_KEY_BYTES + CIPHERTEXT_BYTES), bit in 0..8u8) {
        let key = SealingPrivateKey::from_bytes(&[9; 32]).map_err(|_| ()).unwrap();
        let mut copy = seal(&change(), &context(), &[key.public_key().clone()]).unwrap().copies.remove(0);
        // The top bit of an X25519 point is ignored in the exchange (RFC 7748, section 5) but is part of HPKE's
        // key schedule, so it is noticed, too.
        match copy.enc.get_mut(byte) {
            Some(target) => *target ^= 1 << bit,
            None => copy.ciphertext[byte - ENCAPSULATED_KEY_BYTES] ^= 1 << bit,
        }
        prop_assert_eq!(opened(open(&copy, &context(), &key)), Err(OpenError::NotAuthentic));
    }
}

fn vector() -> HashMap<&'static str, &'static str> {
    include_str!("../../vectors/sealed-secret-v1.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .collect()
}

#[test]
fn the_published_vector_opens() {
    let vector = vector();
    let bytes = |name: &str| hex::decode(vector[name]).unwrap();
    let uuid = |name: &str| vector[name].parse::<Uuid>().unwrap();
    let key = SealingPrivateKey::from_bytes(&bytes("recipient private key"))
        .map_err(|_| ())
        .unwrap();
    assert_eq!(
        key.public_key().to_bytes().to_vec(),
        bytes("recipient public key")
    );
    assert_eq!(key.id().to_string(), vector["recipient key id"]);
    let context = SealContext {
        tenant: uuid("tenant"),
        group: uuid("group"),
        anchor: uuid("anchor"),
        operation_id: uuid("operation id"),
        kind: SealedKind::from_code(vector["kind"].parse().unwrap()).unwrap(),
        not_after_unix_ms: vector["not after"].parse().unwrap(),
    };
    assert_eq!(context.associated_data(key.id()), bytes("associated data"));
    let copy = SealedCopy {
        key_id: key.id(),
        enc: bytes("enc"),
        ciphertext: bytes("ciphertext"),
    };
    let expected = (Some(vector["current"].to_owned()), Some(vector["new"].to_owned()));
    assert_eq!(opened(open(&copy, &context, &key)), Ok(expected));
}

#[test]
fn sealing_with_the_vectors_randomness_gives_the_vector() {
    let vector = vector();
    let key = SealingPrivateKey::from_bytes(&hex::decode(vector["recipient private key"]).unwrap())
        .map_err(|_| ())
        .unwrap();
    let mut random = Zeroizing::new([0; 32]);
    hex::decode_to_slice(vector["encapsulation randomness"], random.as_mut_slice()).unwrap();
    let plaintext = change().encode().unwrap();
    let copy = seal_copy(
        &plaintext,
        &context(),
        key.public_key(),
        PreparedRandom::new(random),
    )
    .unwrap();
    assert_eq!(hex::encode(&copy.enc), vector["enc"]);
    assert_eq!(hex::encode(&copy.ciphertext), vector["ciphertext"]);
}
