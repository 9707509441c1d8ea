use super::*;
use crate::domain::{AccountAnchor, Sid};
use proptest::prelude::*;
use uuid::Uuid;

fn sid(parts: &[u32]) -> Sid {
    let mut bytes = vec![1, u8::try_from(parts.len()).unwrap(), 0, 0, 0, 0, 0, 5];
    parts.iter().for_each(|part| bytes.extend(part.to_le_bytes()));
    Sid::from_bytes(&bytes).unwrap()
}

fn name(text: &str) -> DistinguishedName {
    text.parse().unwrap()
}

fn guardrails() -> Guardrails {
    Guardrails {
        scope: Scope {
            include: vec![name("OU=Staff,DC=corp,DC=example")],
            exclude: vec![name("OU=Board,OU=Staff,DC=corp,DC=example")],
        },
        kinds: OperationKind::ALL.to_vec(),
        allow_password_not_required: false,
    }
}

fn account() -> AccountSnapshot {
    AccountSnapshot {
        sid: Some(sid(&[21, 1, 2, 3, 1105])),
        token_groups: Some(vec![sid(&[21, 1, 2, 3, 513]), sid(&[32, 545])]),
        control: Some(UserAccountControl(UserAccountControl::NORMAL)),
        object_classes: vec!["top".to_owned(), "person".to_owned(), "user".to_owned()],
        ..AccountSnapshot::unknown(
            AccountAnchor::new(Uuid::nil()),
            "CN=Ann,OU=Staff,DC=corp,DC=example".to_owned(),
        )
    }
}

fn judge(account: &AccountSnapshot) -> Vec<(ReasonCode, Option<String>)> {
    let reasons = guardrails().judge(OperationKind::SelfReset, account);
    reasons
        .into_iter()
        .map(|reason| (reason.code(), reason.fields().values().next().cloned()))
        .collect()
}

fn one(code: ReasonCode, field: &str) -> Vec<(ReasonCode, Option<String>)> {
    vec![(code, Some(field.to_owned()))]
}

#[test]
fn an_ordinary_account_in_scope_passes() {
    assert_eq!(judge(&account()), []);
}

#[test]
fn accounts_elsewhere_are_out_of_scope() {
    let at = |place: &str| AccountSnapshot {
        distinguished_name: place.to_owned(),
        ..account()
    };
    let out = |rule| one(ReasonCode::AccountOutOfScope, rule);
    assert_eq!(judge(&at("CN=Ann,OU=Other,DC=corp,DC=example")), out("include"));
    assert_eq!(judge(&at(r"CN=Ann\,OU=Staff,DC=corp,DC=example")), out("include"));
    assert_eq!(
        judge(&at("CN=Ann,OU=board,OU=staff,DC=corp,DC=example")),
        out("exclude")
    );
    assert_eq!(judge(&at("nonsense")), out("include"));
    // As Samba writes it, which RFC 4514 does not know.
    assert_eq!(judge(&at(r"CN=who\?,OU=Staff,DC=corp,DC=example")), vec![]);
    let nothing = Guardrails {
        scope: Scope {
            include: vec![],
            exclude: vec![],
        },
        ..guardrails()
    };
    assert_eq!(nothing.judge(OperationKind::Change, &account()).len(), 1);
}

#[test]
fn members_of_protected_groups_are_protected_with_or_without_admin_count() {
    for admin_count in [None, Some(0), Some(1)] {
        let groups = vec![sid(&[21, 9, 9, 9, 519]), sid(&[32, 544]), sid(&[32, 544])];
        let account = AccountSnapshot {
            token_groups: Some(groups),
            admin_count,
            ..account()
        };
        let expected = one(ReasonCode::AccountProtected, "Administrators, Enterprise Admins");
        assert_eq!(judge(&account), expected);
    }
}

#[test]
fn administrator_and_krbtgt_are_protected_by_their_rid() {
    for rid in [500, 502] {
        let account = AccountSnapshot {
            sid: Some(sid(&[21, 1, 2, 3, rid])),
            ..account()
        };
        assert_eq!(
            judge(&account),
            one(ReasonCode::AccountProtected, &format!("RID {rid}"))
        );
    }
    let builtin = AccountSnapshot {
        sid: Some(sid(&[32, 500])),
        ..account()
    };
    assert_eq!(judge(&builtin), []);
}

#[test]
fn a_stale_admin_count_is_named_as_such() {
    let account = AccountSnapshot {
        admin_count: Some(1),
        ..account()
    };
    assert_eq!(judge(&account), vec![(ReasonCode::AccountProtectionStale, None)]);
}

#[test]
fn computers_trusts_and_cards_are_not_supported() {
    let rows = [
        (UserAccountControl::WORKSTATION_TRUST, "computer"),
        (UserAccountControl::SERVER_TRUST, "computer"),
        (UserAccountControl::INTERDOMAIN_TRUST, "trust"),
        (
            UserAccountControl::NORMAL | UserAccountControl::SMART_CARD_REQUIRED,
            "smart_card_required",
        ),
        (
            UserAccountControl::NORMAL | UserAccountControl::PASSWORD_NOT_REQUIRED,
            "password_not_required",
        ),
    ];
    for (bits, kind) in rows {
        let account = AccountSnapshot {
            control: Some(UserAccountControl(bits)),
            ..account()
        };
        assert_eq!(judge(&account), one(ReasonCode::AccountKindUnsupported, kind));
    }
    let computer = AccountSnapshot {
        object_classes: vec!["user".into(), "Computer".into()],
        ..account()
    };
    assert_eq!(
        judge(&computer),
        one(ReasonCode::AccountKindUnsupported, "computer")
    );
    let contact = AccountSnapshot {
        object_classes: vec!["contact".into()],
        ..account()
    };
    assert_eq!(
        judge(&contact),
        one(ReasonCode::AccountKindUnsupported, "not_a_user")
    );
}

#[test]
fn a_company_may_allow_accounts_without_a_required_password() {
    let bits = UserAccountControl::NORMAL | UserAccountControl::PASSWORD_NOT_REQUIRED;
    let account = AccountSnapshot {
        control: Some(UserAccountControl(bits)),
        ..account()
    };
    let allowing = Guardrails {
        allow_password_not_required: true,
        ..guardrails()
    };
    assert!(allowing.judge(OperationKind::SelfReset, &account).is_empty());
}

#[test]
fn only_allowed_kinds_pass() {
    let only = Guardrails {
        kinds: vec![OperationKind::Change],
        ..guardrails()
    };
    assert!(only.judge(OperationKind::Change, &account()).is_empty());
    let reasons = only.judge(OperationKind::AdminReset, &account());
    assert_eq!(reasons[0].code(), ReasonCode::OperationNotPermitted);
}

#[test]
fn what_cannot_be_read_does_not_pass() {
    let cases = [
        AccountSnapshot {
            sid: None,
            ..account()
        },
        AccountSnapshot {
            token_groups: None,
            ..account()
        },
        AccountSnapshot {
            control: None,
            ..account()
        },
    ];
    for account in cases {
        assert_eq!(judge(&account)[0].0, ReasonCode::RightMissing);
    }
}

proptest! {
    #[test]
    fn no_account_passes_that_is_in_a_protected_group(
        rid in prop::sample::select(vec![498u32, 512, 516, 518, 519, 521, 526, 527]),
        domain: [u32; 3], others in prop::collection::vec(1000u32..9999, 0..5), at: prop::sample::Index,
    ) {
        let mut groups: Vec<Sid> = others.iter().map(|other| sid(&[21, 1, 2, 3, *other])).collect();
        groups.insert(at.index(groups.len() + 1), sid(&[21, domain[0], domain[1], domain[2], rid]));
        let account = AccountSnapshot { token_groups: Some(groups), ..account() };
        prop_assert_eq!(judge(&account)[0].0, ReasonCode::AccountProtected);
    }
}
