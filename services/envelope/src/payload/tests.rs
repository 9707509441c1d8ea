use proptest::prelude::*;

use super::*;

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

fn texts(payload: &SecretPayload) -> (Option<&str>, Option<&str>) {
    (
        payload.current.as_ref().map(Password::expose),
        payload.new.as_ref().map(Password::expose),
    )
}

#[test]
fn two_longest_passwords_fit() {
    // 256 units of three bytes each.
    let longest = "€".repeat(256);
    let payload = SecretPayload::change(password(&longest), password(&longest));
    let bytes = payload.encode().unwrap();
    assert_eq!(bytes.len(), PADDED_PAYLOAD_BYTES);
    let decoded = SecretPayload::decode(&bytes).map_err(|_| ()).unwrap();
    assert_eq!(texts(&decoded), (Some(longest.as_str()), Some(longest.as_str())));
}

#[test]
fn a_longer_password_is_refused_and_not_cut() {
    let payload = SecretPayload::reset(password(&"x".repeat(MAX_PASSWORD_BYTES + 1)));
    assert_eq!(payload.encode().err(), Some(SecretRefused::TooLong));
    let payload = SecretPayload::reset(password(&"x".repeat(70_000)));
    assert_eq!(payload.encode().err(), Some(SecretRefused::TooLong));
}

#[test]
fn an_empty_password_is_not_an_absent_one() {
    let bytes = SecretPayload::reset(password("")).encode().unwrap();
    let decoded = SecretPayload::decode(&bytes).map_err(|_| ()).unwrap();
    assert_eq!(texts(&decoded), (None, Some("")));
}

#[test]
fn each_defect_has_its_own_error() {
    let good = SecretPayload::reset(password("secret")).encode().unwrap();
    let defect = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.to_vec();
        change(&mut bytes);
        SecretPayload::decode(&bytes).err()
    };
    assert_eq!(defect(&|b| b.truncate(100)), Some(MalformedPayload::Size));
    assert_eq!(defect(&|b| b[0] = 2), Some(MalformedPayload::Version));
    assert_eq!(defect(&|b| b[1] = 7), Some(MalformedPayload::Field));
    assert_eq!(defect(&|b| b[3] = 1), Some(MalformedPayload::Field));
    assert_eq!(defect(&|b| b[5] = 0xff), Some(MalformedPayload::Field));
    assert_eq!(defect(&|b| b[7] = 0xff), Some(MalformedPayload::NotUtf8));
    assert_eq!(
        defect(&|b| b[PADDED_PAYLOAD_BYTES - 1] = 1),
        Some(MalformedPayload::Padding)
    );
    // A length one short of the truth leaves a byte of the password in the padding.
    assert_eq!(defect(&|b| b[6] -= 1), Some(MalformedPayload::Padding));
}

#[test]
fn each_kind_has_its_own_set_of_passwords() {
    let change = SecretPayload::change(password("a"), password("b"));
    let reset = SecretPayload::reset(password("b"));
    let empty = SecretPayload {
        current: None,
        new: None,
    };
    assert!(change.fits(SealedKind::Change) && !reset.fits(SealedKind::Change));
    assert!(reset.fits(SealedKind::SelfReset) && !change.fits(SealedKind::SelfReset));
    assert!(reset.fits(SealedKind::AdminReset) && !change.fits(SealedKind::AdminReset));
    assert!(
        reset.fits(SealedKind::Check) && change.fits(SealedKind::Check) && !empty.fits(SealedKind::Check)
    );
}

proptest! {
    #[test]
    fn any_pair_of_passwords_survives(
        current in proptest::option::of("\\PC{0,256}"),
        new in proptest::option::of("\\PC{0,256}"),
    ) {
        let fits = |p: &Option<String>| p.as_ref().is_none_or(|p| p.len() <= MAX_PASSWORD_BYTES);
        prop_assume!(fits(&current) && fits(&new));
        let payload = SecretPayload {
            current: current.clone().map(Password::new),
            new: new.clone().map(Password::new),
        };
        let bytes = payload.encode().unwrap();
        prop_assert_eq!(bytes.len(), PADDED_PAYLOAD_BYTES);
        let decoded = SecretPayload::decode(&bytes).map_err(|_| ()).unwrap();
        prop_assert_eq!(texts(&decoded), (current.as_deref(), new.as_deref()));
    }

    #[test]
    fn no_bytes_make_the_parser_panic(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        size in proptest::bool::weighted(0.8),
        head in any::<[u8; 4]>(),
        plausible in any::<bool>(),
    ) {
        if size { bytes.resize(PADDED_PAYLOAD_BYTES, 0); }
        if plausible && bytes.len() > 8 {
            bytes[0] = VERSION;
            bytes[1] = head[0] % 3;
            bytes[2] = head[1] % 4;
            bytes[3] = head[2];
        }
        if let Ok(decoded) = SecretPayload::decode(&bytes) {
            // What parses is canonical: it has one encoding only.
            let again = decoded.encode().unwrap();
            prop_assert_eq!(again.as_slice(), bytes.as_slice());
        }
    }
}
