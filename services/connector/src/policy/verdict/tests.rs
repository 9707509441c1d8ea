use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::domain::Interval;
use crate::policy::PolicySource;
use ReasonCode::{
    PasswordChangesDisabled, PasswordContainsAccountName, PasswordContainsDisplayName, PasswordInHistory,
    PasswordNotComplex, PasswordNotEncodable, PasswordRefusedByDc, PasswordTooLong, PasswordTooShort,
    PasswordTooYoung,
};

const NOW: FileTime = FileTime(132_223_104_000_000_000);

fn rules() -> EffectivePolicy {
    EffectivePolicy {
        minimum_length: Some(8),
        complex: Some(true),
        history_length: Some(24),
        minimum_age: Some(Interval::from_seconds(86_400)),
        changes_disabled: Some(false),
        ..EffectivePolicy::unknown(PolicySource::Domain)
    }
}

fn candidate(password: &str) -> Candidate<'_> {
    Candidate {
        password,
        account_name: Some("jsmith"),
        display_name: Some("John A. Smithers"),
        last_set: Some(FileTime(1)),
    }
}

fn codes(reasons: &[Reason]) -> Vec<ReasonCode> {
    reasons.iter().map(|reason| reason.code()).collect()
}

fn judge(password: &str) -> Vec<ReasonCode> {
    codes(&judge_password(
        OperationKind::Change,
        &candidate(password),
        &PolicyReading::Known(rules()),
        NOW,
    ))
}

#[test]
fn every_broken_rule_is_named() {
    let long = format!("aA1{}", "x".repeat(254));
    let table: [(&str, &[ReasonCode]); 14] = [
        ("Correct-Horse9", &[]),
        ("Пароль-12 😀", &[]),
        ("漢字ab12漢字", &[]),
        ("aA1!", &[PasswordTooShort]),
        ("aA1😀😀", &[PasswordTooShort]),
        ("aA1!😀😀", &[]),
        ("alllowercase", &[PasswordNotComplex]),
        ("abc", &[PasswordTooShort, PasswordNotComplex]),
        ("JSMITH-9xyz", &[PasswordContainsAccountName]),
        ("my-john-9X", &[PasswordContainsDisplayName]),
        (
            "jsmithers",
            &[
                PasswordNotComplex,
                PasswordContainsAccountName,
                PasswordContainsDisplayName,
            ],
        ),
        ("Good-\0-pass9", &[PasswordNotEncodable]),
        ("Good-\u{378}-pass9", &[PasswordNotEncodable]),
        (&long, &[PasswordTooLong]),
    ];
    for (password, expected) in table {
        assert_eq!(judge(password), expected, "{password:?}");
    }
}

#[test]
fn each_reason_tells_the_rules_numbers() {
    let policy = PolicyReading::Known(rules());
    let shown = |password: &str, at: usize, field: &str| {
        let candidate = Candidate {
            last_set: Some(NOW),
            ..candidate(password)
        };
        let reasons = judge_password(OperationKind::Change, &candidate, &policy, NOW);
        reasons[at].field(field).map(str::to_owned)
    };
    let rows = [
        ("abc", 0, "minimum", "8"),
        ("abc", 0, "policy", "domain"),
        ("abc", 1, "required", "3"),
        ("abc", 1, "policy", "domain"),
        ("abc", 2, "minimum_age_seconds", "86400"),
        ("abc", 2, "policy", "domain"),
    ];
    for (password, at, field, expected) in rows {
        assert_eq!(shown(password, at, field).as_deref(), Some(expected), "{field}");
    }
    let long = "aA1-".repeat(65);
    assert_eq!(shown(&long, 0, "maximum").as_deref(), Some("256"));
}

#[test]
fn lengths_are_counted_in_utf16_units_at_both_ends() {
    let at_most = format!("aA1{}", "😀".repeat(126));
    assert_eq!(at_most.encode_utf16().count(), 255);
    assert_eq!(judge(&at_most), []);
    assert_eq!(judge(&format!("{at_most}x")), []);
    assert_eq!(judge(&format!("{at_most}xy")), [PasswordTooLong]);
}

#[test]
fn the_minimum_age_counts_to_the_tick_and_says_when() {
    let day = Interval::from_seconds(86_400);
    let policy = PolicyReading::Known(rules());
    let judge = |kind, last_set| {
        let candidate = Candidate {
            last_set,
            ..candidate("Correct-Horse9")
        };
        judge_password(kind, &candidate, &policy, NOW)
    };
    let just = FileTime(NOW.0 - day.ticks());
    assert!(judge(OperationKind::Change, Some(just)).is_empty());
    let young = judge(OperationKind::Change, Some(FileTime(just.0 + 1)));
    assert_eq!(codes(&young), [PasswordTooYoung]);
    assert_eq!(young[0].field("may_change_after"), Some("2020-01-01T00:00:01Z"));
    assert_eq!(
        codes(&judge(OperationKind::AdminReset, Some(NOW))),
        [PasswordTooYoung]
    );
    assert!(judge(OperationKind::Change, Some(FileTime::ZERO)).is_empty());
    assert!(judge(OperationKind::Change, None).is_empty());
}

#[test]
fn without_complexity_names_and_classes_do_not_matter() {
    let policy = PolicyReading::Known(EffectivePolicy {
        complex: Some(false),
        ..rules()
    });
    assert!(judge_password(OperationKind::Change, &candidate("jsmithjsmith"), &policy, NOW).is_empty());
}

#[test]
fn what_could_not_be_read_is_left_to_active_directory() {
    let unreadable = PolicyReading::Unreadable {
        pso: "CN=p".to_owned(),
    };
    assert!(judge_password(OperationKind::Change, &candidate("x"), &unreadable, NOW).is_empty());
    assert!(unreadable.warning().is_some());
    let unknown = PolicyReading::Known(EffectivePolicy::unknown(PolicySource::Domain));
    assert!(judge_password(OperationKind::Change, &candidate("x"), &unknown, NOW).is_empty());
    let coded = judge_password(OperationKind::Change, &candidate("\0"), &unreadable, NOW);
    assert_eq!(codes(&coded), [PasswordNotEncodable]);
}

#[test]
fn a_domain_that_refuses_changes_still_takes_resets() {
    let policy = PolicyReading::Known(EffectivePolicy {
        changes_disabled: Some(true),
        ..rules()
    });
    let judge = |kind| codes(&judge_password(kind, &candidate("Correct-Horse9"), &policy, NOW));
    assert_eq!(judge(OperationKind::Change), [PasswordChangesDisabled]);
    assert!(judge(OperationKind::SelfReset).is_empty());
    assert!(judge(OperationKind::Unlock).is_empty());
}

#[test]
fn a_refusal_without_a_local_cause_is_the_history_or_a_filter() {
    let explained = explain_policy_refusal(&PolicyReading::Known(rules()), Some(0x52D));
    assert_eq!(codes(&explained), [PasswordInHistory, PasswordRefusedByDc]);
    assert_eq!(explained[0].field("history"), Some("24"));
    assert_eq!(explained[1].field("ad_code"), Some("0000052D"));
    assert_eq!(explained[1].field("ruled_out"), Some("length,complexity,age"));

    let no_history = PolicyReading::Known(EffectivePolicy {
        history_length: Some(0),
        ..rules()
    });
    assert_eq!(
        codes(&explain_policy_refusal(&no_history, Some(0x52D))),
        [PasswordRefusedByDc]
    );
    let partly = PolicyReading::Known(EffectivePolicy {
        minimum_length: None,
        ..rules()
    });
    assert_eq!(
        codes(&explain_policy_refusal(&partly, None)),
        [PasswordRefusedByDc]
    );
    let unreadable = PolicyReading::Unreadable {
        pso: "CN=p".to_owned(),
    };
    assert_eq!(
        codes(&explain_policy_refusal(&unreadable, Some(0x52D))),
        [PasswordRefusedByDc]
    );
}

#[test]
fn a_verdict_costs_microseconds() {
    let policy = PolicyReading::Known(rules());
    let passwords = ["Correct-Horse9", "Пароль-12 😀 длинный пароль", "jsmithers"];
    let rounds = 2_000;
    let started = Instant::now();
    for _ in 0..rounds {
        for password in passwords {
            let reasons = judge_password(OperationKind::Change, &candidate(password), &policy, NOW);
            std::hint::black_box(reasons);
        }
    }
    let each = started.elapsed() / (rounds * 3);
    // The budget is 20 µs for optimised code; this is a build for tests on a busy machine.
    assert!(each.as_micros() < 200, "{each:?}");
}

proptest! {
    #[test]
    fn two_passwords_that_break_the_same_rules_get_equal_reasons(one in "[a-z]{1,7}", other in "[a-z]{1,7}") {
        prop_assume!(!one.contains("john") && !other.contains("john"));
        let policy = PolicyReading::Known(rules());
        let judge = |password: &str| judge_password(OperationKind::Change, &candidate(password), &policy, NOW);
        prop_assume!(codes(&judge(&one)) == codes(&judge(&other)));
        prop_assert_eq!(judge(&one), judge(&other));
    }

    #[test]
    fn length_reasons_follow_the_count_of_units(password in "\\PC{0,300}", minimum in 0u32..30) {
        let policy = PolicyReading::Known(EffectivePolicy { minimum_length: Some(minimum), ..rules() });
        let found = codes(&judge_password(OperationKind::Change, &candidate(&password), &policy, NOW));
        let units = password.encode_utf16().count();
        prop_assert_eq!(found.contains(&PasswordTooShort), units < minimum as usize);
        prop_assert_eq!(found.contains(&PasswordTooLong), units > 256);
    }

    #[test]
    fn no_password_makes_it_panic(password: String, account: String, display: String, last_set: i64, now: i64) {
        let candidate = Candidate {
            password: &password,
            account_name: Some(&account),
            display_name: Some(&display),
            last_set: Some(FileTime(last_set)),
        };
        let _ = judge_password(OperationKind::SelfReset, &candidate, &PolicyReading::Known(rules()), FileTime(now));
    }
}
