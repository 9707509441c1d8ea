use proptest::prelude::*;

use super::*;

const DOMAINS: [Domain; 6] = [
    Domain::Event,
    Domain::Check,
    Domain::KeyCertificate,
    Domain::Checkpoint,
    Domain::SigningKeySuccession,
    Domain::EnrollmentProof,
];

fn key() -> SigningKey {
    SigningKey::from_seed(&[3; 32]).map_err(|_| ()).unwrap()
}

#[test]
fn a_signature_is_good_for_its_own_domain_only() {
    for signed_for in DOMAINS {
        for verified_for in DOMAINS {
            let signed = key().sign(signed_for, b"payload".to_vec());
            let verified = key().verifying_key().verify(verified_for, signed);
            if signed_for == verified_for {
                assert_eq!(verified.map(Verified::into_bytes), Ok(b"payload".to_vec()));
            } else {
                assert_eq!(verified, Err(VerifyError::WrongSignature));
            }
        }
    }
}

#[test]
fn a_key_that_is_not_trusted_is_named() {
    let stranger = SigningKey::generate().unwrap();
    let signed = stranger.sign(Domain::Event, b"payload".to_vec());
    let unknown = Err(VerifyError::UnknownKey(stranger.verifying_key().id()));
    assert_eq!(
        key().verifying_key().verify(Domain::Event, signed.clone()),
        unknown
    );
    assert_eq!(
        verify_with_any(&[key().verifying_key()], Domain::Event, signed.clone()),
        unknown
    );
    let both = [key().verifying_key(), stranger.verifying_key()];
    assert!(verify_with_any(&both, Domain::Event, signed).is_ok());
}

#[test]
fn a_borrowed_name_does_not_help() {
    let parts = SigningKey::generate()
        .unwrap()
        .sign(Domain::Event, b"payload".to_vec())
        .into_parts();
    let forged = Signed::from_parts(parts.payload, key().verifying_key().id(), &parts.signature).unwrap();
    let verified = key().verifying_key().verify(Domain::Event, forged);
    assert_eq!(verified, Err(VerifyError::WrongSignature));
}

#[test]
fn a_seed_has_32_bytes() {
    for length in [0, 31, 33, 64] {
        assert!(SigningKey::from_seed(&vec![3; length]).is_err(), "{length}");
    }
}

#[test]
fn the_published_vector_verifies() {
    // Ed25519 is deterministic (RFC 8032), so the seed and the payload fix the signature.
    let vector: std::collections::HashMap<_, _> = include_str!("../../vectors/signed-v1.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .collect();
    let seed = hex::decode(vector["seed"]).unwrap();
    let key = SigningKey::from_seed(&seed).map_err(|_| ()).unwrap();
    assert_eq!(hex::encode(key.verifying_key().to_bytes()), vector["public key"]);
    assert_eq!(key.verifying_key().id().to_string(), vector["key id"]);
    assert_eq!(Domain::Event.tag(), vector["domain tag"]);
    let payload = hex::decode(vector["payload"]).unwrap();
    assert_eq!(hex::encode(Domain::Event.message(&payload)), vector["message"]);
    let parts = key.sign(Domain::Event, payload).into_parts();
    assert_eq!(hex::encode(parts.signature), vector["signature"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_signature_bytes_panic_or_pass(
        payload in proptest::collection::vec(any::<u8>(), 0..100),
        signature in proptest::collection::vec(any::<u8>(), 0..100),
        right_size in any::<bool>(),
    ) {
        let mut signature = signature;
        if right_size { signature.resize(SIGNATURE_BYTES, 0); }
        let id = key().verifying_key().id();
        match Signed::from_parts(payload, id, &signature) {
            Ok(signed) => prop_assert_eq!(
                key().verifying_key().verify(Domain::Event, signed),
                Err(VerifyError::WrongSignature)
            ),
            Err(error) => {
                prop_assert_eq!(error, VerifyError::MalformedSignature);
                prop_assert_ne!(signature.len(), SIGNATURE_BYTES);
            }
        }
    }
}
