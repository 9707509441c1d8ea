use uuid::Uuid;

use super::*;
use crate::domain::{AccountAnchor, ComputedFlags};
use crate::policy::{EffectivePolicy, PolicySource};

const NOW: FileTime = FileTime(132_223_104_000_000_000);
const SECOND: i64 = 10_000_000;

fn account(wrong: Option<u32>, last: Option<i64>) -> AccountSnapshot {
    AccountSnapshot {
        bad_password_count: wrong,
        bad_password_time: last.map(FileTime),
        ..AccountSnapshot::unknown(AccountAnchor::new(Uuid::nil()), "CN=a".to_owned())
    }
}

fn policy(threshold: Option<u32>, window: Option<u32>) -> PolicyReading {
    PolicyReading::Known(EffectivePolicy {
        lockout_threshold: threshold,
        lockout_window: window.map(Interval::from_seconds),
        ..EffectivePolicy::unknown(PolicySource::Domain)
    })
}

fn unreadable() -> PolicyReading {
    PolicyReading::Unreadable {
        pso: "CN=p".to_owned(),
    }
}

fn recorded(count: u32, seconds_ago: i64) -> Option<RecordedTries> {
    Some(RecordedTries {
        count,
        latest: (count > 0).then_some(FileTime(NOW.0 - seconds_ago * SECOND)),
    })
}

#[test]
fn the_last_try_before_the_lockout_is_kept_for_the_person_at_the_office() {
    let held = |wrong, last, threshold| {
        let (account, policy) = (account(Some(wrong), last), policy(Some(threshold), Some(600)));
        judge_tries(&account, &policy, None, NOW)
    };
    assert!(held(3, None, 5).is_none());
    assert_eq!(
        held(4, None, 5).map(|reason| reason.code()),
        Some(ReasonCode::CurrentPasswordTriesHeld)
    );
    assert!(held(9, None, 0).is_none(), "no lockout");
    assert!(held(0, None, 1).is_none(), "no try short of it");
    let reason = held(4, Some(NOW.0), 5).unwrap();
    assert_eq!(reason.field("retry_after"), Some("2020-01-01T00:12:00Z"));
    assert!(
        held(4, Some(NOW.0 - 719 * SECOND), 5).is_some(),
        "the domain controller's clock may be two minutes behind"
    );
    assert!(
        held(4, Some(NOW.0 - 720 * SECOND), 5).is_none(),
        "the window has passed"
    );
}

#[test]
fn what_may_not_be_read_is_never_taken_as_no_lockout() {
    let held = |account: &AccountSnapshot, policy: &PolicyReading, recorded| {
        judge_tries(account, policy, recorded, NOW).is_some()
    };
    for policy in [unreadable(), policy(None, None), policy(None, Some(1_800))] {
        assert!(!held(&account(Some(1), Some(NOW.0)), &policy, None));
        assert!(held(&account(Some(2), Some(NOW.0)), &policy, None));
        assert!(
            held(&account(Some(2), None), &policy, None),
            "nobody knows how old it is"
        );
        assert!(!held(
            &account(Some(2), Some(NOW.0 - 1_920 * SECOND)),
            &policy,
            None
        ));
        assert!(!held(&account(None, None), &policy, recorded(1, 0)));
        assert!(held(&account(None, None), &policy, recorded(2, 1_000)));
        assert!(!held(&account(None, None), &policy, recorded(2, 1_920)));
        assert!(held(&account(None, None), &policy, None), "nor what was recorded");
    }
    let known = policy(Some(5), Some(600));
    assert!(!held(&account(None, None), &known, recorded(3, 0)));
    assert!(held(&account(None, None), &known, recorded(4, 0)));
    assert!(
        !held(&account(None, None), &policy(Some(0), None), None),
        "no lockout"
    );
}

#[test]
fn a_locked_account_is_told_as_locked_and_not_as_held() {
    let locked = AccountSnapshot {
        computed: Some(ComputedFlags(ComputedFlags::LOCKED)),
        ..account(Some(9), Some(NOW.0))
    };
    assert!(judge_tries(&locked, &unreadable(), None, NOW).is_none());
}
