use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ad::{Permission, WritableAttributes};
use crate::domain::{AccountAnchor, Interval};
use crate::policy::{EffectivePolicy, PolicySource};

const NOW: FileTime = FileTime(132_223_104_000_000_000);
const SECOND: i64 = 10_000_000;

fn answer(ldap: u32, text: &str) -> AdAnswer {
    AdAnswer::parse(ldap, text.as_bytes())
}

fn account() -> AccountSnapshot {
    AccountSnapshot {
        bad_password_count: Some(2),
        ..AccountSnapshot::unknown(AccountAnchor::new(Uuid::nil()), "CN=a".to_owned())
    }
}

fn policy() -> PolicyReading {
    PolicyReading::Known(EffectivePolicy {
        lockout_window: Some(Interval::from_seconds(600)),
        lockout_duration: Some(Interval::from_seconds(600)),
        minimum_length: Some(8),
        complex: Some(true),
        minimum_age: Some(Interval::from_seconds(0)),
        history_length: Some(24),
        lockout_threshold: Some(5),
        ..EffectivePolicy::unknown(PolicySource::Domain)
    })
}

fn explain(answer: &AdAnswer, request: RequestKind) -> Vec<Reason> {
    answer.explain(
        request,
        ExplainContext {
            dc: "dc1",
            account: &account(),
            policy: &policy(),
            left_to_controller: &[],
            rights: None,
            now: NOW,
        },
    )
}

#[test]
fn windows_shapes_give_their_cause() {
    use RequestKind::{Change, Fence, Read, Reset};
    let rows = [
        (
            Reset,
            53,
            "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n\0",
            Cause::Policy,
        ),
        (
            Change,
            19,
            "0000052D: AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 9005a (unicodePwd)\n\0",
            Cause::Policy,
        ),
        (
            Change,
            19,
            "00000056: AtrErr: DSID-03190F80, #1: 0: 00000056: DSID-03190F80, problem 1005",
            Cause::CurrentPasswordIncorrect,
        ),
        (
            Change,
            19,
            "00000775: AtrErr: DSID-03190F80, #1:",
            Cause::AccountLocked,
        ),
        (
            Change,
            19,
            "00000005: AtrErr: DSID-03190F80, #1:",
            Cause::UserCannotChangePassword,
        ),
        (
            Reset,
            50,
            "00000005: SecErr: DSID-031A1190, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0",
            Cause::RightMissing,
        ),
        (
            Fence,
            50,
            "00002098: SecErr: DSID-03150E49, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0",
            Cause::RightMissing,
        ),
        (
            Reset,
            53,
            "0000001F: SvcErr: DSID-031A120C, problem 5003 (WILL_NOT_PERFORM), data 0",
            Cause::NotEncrypted,
        ),
        (Reset, 53, "0000216C: SvcErr: DSID-031A12D2", Cause::Unexpected),
        (
            Reset,
            12,
            "00000057: LdapErr: DSID-0C090D1C, comment: Error processing control, data 0, v4563",
            Cause::PolicyHintsUnsupported,
        ),
        (
            Reset,
            10,
            "0000202B: RefErr: DSID-0310082F, data 0, 1 access points\n\tref 1: 'example.org'",
            Cause::ReadOnlyOrElsewhere,
        ),
        (
            Read,
            32,
            "0000208D: NameErr: DSID-0310028B, problem 2001 (NO_OBJECT), data 0, best match of: ''",
            Cause::AccountNotFound,
        ),
        (
            Reset,
            32,
            "00002030: NameErr: DSID-0310028B",
            Cause::AccountNotFound,
        ),
        (
            Read,
            1,
            "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563",
            Cause::BindLost,
        ),
        (
            Fence,
            16,
            "00000057: AtrErr: DSID-03190F6B, #1:",
            Cause::MarkerMoved,
        ),
        (Fence, 20, "00002081: AtrErr", Cause::MarkerMoved),
        (
            Fence,
            19,
            "00002081: AtrErr: DSID-03151A2C",
            Cause::MarkerPerhapsMoved,
        ),
        (Change, 51, "", Cause::Busy),
        (Change, 52, "00000000: LdapErr", Cause::Busy),
    ];
    for (request, ldap, text, cause) in rows {
        assert_eq!(answer(ldap, text).cause(request), cause, "{ldap} {text}");
    }
}

#[test]
fn sambas_shapes_give_their_cause() {
    use RequestKind::{Change, Read, Reset, Unlock};
    let rows = [
        (
            Change,
            19,
            "0000052D: Constraint violation - check_password_restrictions: the password is too short. It should be equal to or longer than 8 characters!",
            Cause::Policy,
        ),
        (
            Reset,
            53,
            "0000052D: Constraint violation - check_password_restrictions: the password was already used (in history)!",
            Cause::Policy,
        ),
        (
            Change,
            19,
            "00000056: setup_password_fields: Old password mismatch",
            Cause::CurrentPasswordIncorrect,
        ),
        (Change, 19, "00000775: Account locked out", Cause::AccountLocked),
        (
            Change,
            19,
            "Password change not allowed by the ACL",
            Cause::UserCannotChangePassword,
        ),
        (
            Reset,
            50,
            "error in module acl: insufficient access rights",
            Cause::RightMissing,
        ),
        (Read, 32, "No such Base DN: <GUID=00>", Cause::AccountNotFound),
        (
            Reset,
            12,
            "Unsupported critical extension",
            Cause::PolicyHintsUnsupported,
        ),
        (
            Reset,
            16,
            "attribute 'msDS-cloudExtensionAttribute20': no matching attribute value while deleting attribute",
            Cause::MarkerMoved,
        ),
        (
            Read,
            1,
            "00002020: Operation unavailable without authentication",
            Cause::BindLost,
        ),
        (Unlock, 21, "Invalid attribute syntax", Cause::Unexpected),
        (Reset, 8, "", Cause::NotEncrypted),
    ];
    for (request, ldap, text, cause) in rows {
        assert_eq!(answer(ldap, text).cause(request), cause, "{ldap} {text}");
    }
}

#[test]
fn every_refused_bind_gives_its_sub_code() {
    for data in ["52e", "525", "530", "531", "532", "533", "701", "773", "775"] {
        for start in ["80090308", "8009030C"] {
            let text = format!(
                "{start}: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {data}, v4563"
            );
            let answer = answer(49, &text);
            assert_eq!(answer.cause(RequestKind::Bind), Cause::ServiceAccountRefused);
            assert_eq!(answer.data, u32::from_str_radix(data, 16).ok());
        }
    }
    assert_eq!(
        answer(32, "").cause(RequestKind::Bind),
        Cause::ServiceAccountRefused
    );
    assert_eq!(answer(51, "").cause(RequestKind::Bind), Cause::Busy);
}

#[test]
fn a_wrong_current_password_says_how_many_tries_are_left() {
    let reasons = explain(&answer(19, "00000056: x"), RequestKind::Change);
    assert_eq!(reasons[0].code(), ReasonCode::CurrentPasswordIncorrect);
    assert_eq!(reasons[0].field("tries_left"), Some("2"));
}

#[test]
fn tries_are_counted_as_the_domain_controller_counts_them() {
    let left = |counted, seconds_ago: i64| {
        let account = AccountSnapshot {
            bad_password_count: Some(counted),
            bad_password_time: Some(FileTime(NOW.0 - seconds_ago * SECOND)),
            ..account()
        };
        let context = ExplainContext {
            dc: "dc1",
            account: &account,
            policy: &policy(),
            left_to_controller: &[],
            rights: None,
            now: NOW,
        };
        let reasons = answer(19, "00000056: x").explain(RequestKind::Change, context);
        reasons[0].field("tries_left").map(str::to_owned)
    };
    assert_eq!(left(3, 10).as_deref(), Some("1"));
    assert_eq!(
        left(4, 3_600).as_deref(),
        Some("4"),
        "the window has passed: this is the first"
    );
}

#[test]
fn a_lockout_that_is_over_does_not_say_when_this_one_ends() {
    let until = |seconds_ago: i64| {
        let account = AccountSnapshot {
            lockout_time: Some(FileTime(NOW.0 - seconds_ago * SECOND)),
            ..account()
        };
        let context = ExplainContext {
            dc: "dc1",
            account: &account,
            policy: &policy(),
            left_to_controller: &[],
            rights: None,
            now: NOW,
        };
        let reasons = answer(19, "00000775: x").explain(RequestKind::Change, context);
        reasons[0].field("until").map(str::to_owned)
    };
    assert_eq!(until(0).as_deref(), Some("2020-01-01T00:10:00Z"));
    assert_eq!(
        until(3_600),
        None,
        "it was read before the account was locked anew"
    );
}

#[test]
fn policy_is_explained_by_what_is_left() {
    let reasons = explain(&answer(53, "0000052D: x"), RequestKind::Reset);
    let codes: Vec<_> = reasons.iter().map(Reason::code).collect();
    assert_eq!(
        codes,
        [ReasonCode::PasswordInHistory, ReasonCode::PasswordRefusedByDc]
    );
    assert_eq!(reasons[1].field("dc"), Some("dc1"));
    assert_eq!(reasons[1].field("ad_code"), Some("0000052D"));
}

#[test]
fn a_missing_right_names_the_right_and_the_command_and_no_person() {
    let rights = Rights {
        writable: Some(WritableAttributes {
            marker: true,
            password_last_set: true,
            lockout_time: true,
        }),
        change_password: Permission::Granted,
        marker_attribute: "msDS-cloudExtensionAttribute20".to_owned(),
    };
    let context = ExplainContext {
        dc: "dc1",
        account: &account(),
        policy: &policy(),
        left_to_controller: &[],
        rights: Some(&rights),
        now: NOW,
    };
    let reasons = answer(50, "").explain(RequestKind::Reset, context);
    assert_eq!(reasons[0].code(), ReasonCode::RightMissing);
    assert_eq!(reasons[0].field("right"), Some("Reset Password"));
    assert!(reasons[0].field("command").unwrap().starts_with("dsacls"));
    assert!(reasons[0].field("object").unwrap().starts_with("<GUID="));
}

#[test]
fn digits_are_only_read_at_the_very_start() {
    assert_eq!(answer(19, "error 0000052D: x").code, None);
    assert_eq!(answer(19, "000052D: x").code, None);
    assert_eq!(answer(19, "0000052D").code, None);
    assert_eq!(answer(19, "0000052d:").code, Some(0x52D));
    assert_eq!(answer(49, "x, data zz").data, None);
    assert_eq!(answer(49, "x, data 123456789").data, None);
    assert_eq!(answer(53, "0000052D: a, data 0").to_string(), "53/0000052D");
    assert_eq!(
        answer(49, "80090308: a, data 52e, v1").to_string(),
        "49/80090308 data 52e"
    );
}

proptest! {
    #[test]
    fn any_bytes_have_a_reason(ldap: u32, small in 0u32..90, text: Vec<u8>, code: u32) {
        let with_code = format!("{code:08X}: {}", String::from_utf8_lossy(&text));
        for request in [
            RequestKind::Bind, RequestKind::Read, RequestKind::Change, RequestKind::Reset, RequestKind::Unlock,
            RequestKind::RequireChange, RequestKind::Fence,
        ] {
            for ldap in [ldap, small] {
                for text in [text.as_slice(), with_code.as_bytes()] {
                    let answer = AdAnswer::parse(ldap, text);
                    prop_assert!(!explain(&answer, request).is_empty());
                    prop_assert!(answer.text.chars().count() <= LONGEST_TEXT);
                    prop_assert!(!answer.text.contains('\0'));
                    let _ = answer.to_string();
                }
            }
        }
    }

    #[test]
    fn words_never_decide(ldap in 0u32..90, code: u32, one: String, other: String) {
        prop_assume!(!one.contains(" data ") && !other.contains(" data "));
        let read = |words: &str| AdAnswer::parse(ldap, format!("{code:08X}: {words}").as_bytes());
        prop_assert_eq!(read(&one).cause(RequestKind::Change), read(&other).cause(RequestKind::Change));
    }
}
