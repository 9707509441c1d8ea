use super::*;
use crate::domain::{AccountAnchor, ComputedFlags, UserAccountControl};
use OperationKind::{AdminReset, Change, RequireChange, SelfReset, Unlock};
use uuid::Uuid;

type Row = (
    OperationKind,
    OperationFlags,
    AccountSnapshot,
    Vec<ReasonCode>,
    Vec<ReasonCode>,
    Effects,
);

const NOW: FileTime = FileTime(132_223_104_000_000_000);
const NONE: OperationFlags = OperationFlags {
    must_change_at_next_logon: false,
    unlock: false,
    allow_disabled: false,
};
const ALL: OperationFlags = OperationFlags {
    must_change_at_next_logon: true,
    unlock: true,
    allow_disabled: true,
};

fn account() -> AccountSnapshot {
    let anchor = AccountAnchor::new(Uuid::nil());
    AccountSnapshot {
        control: Some(UserAccountControl(UserAccountControl::NORMAL)),
        computed: Some(ComputedFlags(0)),
        password_last_set: Some(FileTime(1)),
        bad_password_count: Some(0),
        ..AccountSnapshot::unknown(anchor, "CN=a".to_owned())
    }
}

fn locked() -> AccountSnapshot {
    AccountSnapshot {
        computed: Some(ComputedFlags(ComputedFlags::LOCKED)),
        lockout_time: Some(NOW),
        ..account()
    }
}

fn with_bits(bits: u32) -> AccountSnapshot {
    AccountSnapshot {
        control: Some(UserAccountControl(UserAccountControl::NORMAL | bits)),
        ..account()
    }
}

fn must_change() -> AccountSnapshot {
    AccountSnapshot {
        password_last_set: Some(FileTime::ZERO),
        computed: Some(ComputedFlags(ComputedFlags::PASSWORD_EXPIRED)),
        ..account()
    }
}

fn judge(kind: OperationKind, flags: OperationFlags, account: &AccountSnapshot) -> KindVerdict {
    let lockout_duration = Some(Interval::from_seconds(1800));
    judge_condition(
        kind,
        flags,
        account,
        ConditionContext {
            now: NOW,
            lockout_duration,
            lockout_window: Some(Interval::from_seconds(600)),
            self_reset_unlocks: true,
        },
    )
}

fn codes(reasons: &[Reason]) -> Vec<ReasonCode> {
    reasons.iter().map(|reason| reason.code()).collect()
}

#[test]
fn the_table_of_the_design_holds_row_by_row() {
    use ReasonCode::{AccountDisabled, AccountLocked, AccountNotLocked, MustChangeAlreadySet};
    let disabled = with_bits(UserAccountControl::DISABLED);
    let unlock = Effects {
        unlock: true,
        must_change: false,
    };
    let set = Effects {
        unlock: false,
        must_change: true,
    };
    let both = Effects {
        unlock: true,
        must_change: true,
    };
    let nothing = Effects::default();
    let rows: Vec<Row> = vec![
        (Change, NONE, account(), vec![], vec![], nothing),
        (Change, NONE, locked(), vec![AccountLocked], vec![], nothing),
        (
            Change,
            NONE,
            disabled.clone(),
            vec![AccountDisabled],
            vec![],
            nothing,
        ),
        (
            Change,
            ALL,
            disabled.clone(),
            vec![AccountDisabled],
            vec![],
            nothing,
        ),
        (Change, NONE, must_change(), vec![], vec![], nothing),
        (SelfReset, NONE, account(), vec![], vec![], nothing),
        (SelfReset, NONE, locked(), vec![], vec![], unlock),
        (
            SelfReset,
            ALL,
            disabled.clone(),
            vec![AccountDisabled],
            vec![],
            nothing,
        ),
        (SelfReset, NONE, must_change(), vec![], vec![], nothing),
        (AdminReset, NONE, locked(), vec![], vec![], nothing),
        (AdminReset, ALL, locked(), vec![], vec![], both),
        (AdminReset, ALL, account(), vec![], vec![], set),
        (
            AdminReset,
            NONE,
            disabled.clone(),
            vec![AccountDisabled],
            vec![],
            nothing,
        ),
        (AdminReset, ALL, disabled.clone(), vec![], vec![], set),
        (AdminReset, NONE, must_change(), vec![], vec![], nothing),
        (Unlock, NONE, locked(), vec![], vec![], unlock),
        (Unlock, NONE, account(), vec![], vec![AccountNotLocked], unlock),
        (
            Unlock,
            NONE,
            disabled.clone(),
            vec![AccountDisabled],
            vec![AccountNotLocked],
            unlock,
        ),
        (
            Unlock,
            NONE,
            must_change(),
            vec![],
            vec![AccountNotLocked],
            unlock,
        ),
        (RequireChange, NONE, account(), vec![], vec![], set),
        (RequireChange, NONE, locked(), vec![], vec![], set),
        (RequireChange, NONE, disabled, vec![], vec![], set),
        (
            RequireChange,
            NONE,
            must_change(),
            vec![],
            vec![MustChangeAlreadySet],
            set,
        ),
    ];
    for (kind, flags, account, reasons, warnings, effects) in rows {
        let verdict = judge(kind, flags, &account);
        assert_eq!(codes(&verdict.reasons), reasons, "reasons of {kind} {flags:?}");
        assert_eq!(codes(&verdict.warnings), warnings, "warnings of {kind} {flags:?}");
        assert_eq!(verdict.effects, effects, "effects of {kind} {flags:?}");
    }
}

#[test]
fn a_company_may_keep_self_service_from_unlocking() {
    let context = ConditionContext {
        now: NOW,
        lockout_duration: None,
        lockout_window: None,
        self_reset_unlocks: false,
    };
    let verdict = judge_condition(SelfReset, NONE, &locked(), context);
    assert!(verdict.reasons.is_empty());
    assert!(!verdict.effects.unlock);
    assert_eq!(codes(&verdict.warnings), [ReasonCode::UnlockNotApplied]);
}

fn with_tries(count: u32, last: FileTime) -> AccountSnapshot {
    AccountSnapshot {
        bad_password_count: Some(count),
        bad_password_time: Some(last),
        ..account()
    }
}

#[test]
fn a_reset_that_may_unlock_takes_back_the_tries_of_the_former_password() {
    let unlock_only = OperationFlags { unlock: true, ..NONE };
    let stale = FileTime(NOW.0 - 7_000_000_000);
    for tried in [with_tries(1, NOW), with_tries(4, stale)] {
        assert!(judge(SelfReset, NONE, &tried).effects.unlock);
        assert!(judge(AdminReset, unlock_only, &tried).effects.unlock);
        assert!(!judge(AdminReset, NONE, &tried).effects.unlock, "not asked for");
        assert!(!judge(Change, NONE, &tried).effects.unlock);
        let context = ConditionContext {
            now: NOW,
            lockout_duration: None,
            lockout_window: None,
            self_reset_unlocks: false,
        };
        let refused = judge_condition(SelfReset, NONE, &tried, context);
        assert!(
            !refused.effects.unlock && refused.warnings.is_empty(),
            "the company says no"
        );
    }
    // What cannot be seen is not taken as nothing to clear.
    let unknown = AccountSnapshot::unknown(account().anchor, "CN=a".to_owned());
    assert!(judge(SelfReset, NONE, &unknown).effects.unlock);
    assert!(judge(AdminReset, unlock_only, &unknown).effects.unlock);
    assert!(
        !judge(SelfReset, NONE, &account()).effects.unlock,
        "nothing to clear"
    );
}

#[test]
fn an_unlock_that_took_back_tries_does_not_say_that_there_was_nothing() {
    assert_eq!(judge(Unlock, NONE, &with_tries(4, NOW)).warnings, []);
    let over = judge(Unlock, NONE, &with_tries(4, FileTime(NOW.0 - 6_000_000_000)));
    assert_eq!(
        codes(&over.warnings),
        [ReasonCode::AccountNotLocked],
        "they no longer counted"
    );
}

#[test]
fn a_password_that_never_expires_cannot_be_made_to() {
    let account = with_bits(UserAccountControl::NEVER_EXPIRES);
    for (kind, flags) in [(RequireChange, NONE), (AdminReset, ALL)] {
        let verdict = judge(kind, flags, &account);
        assert_eq!(codes(&verdict.warnings), [ReasonCode::MustChangeFlagNotSet]);
    }
}

#[test]
fn a_lockout_that_ends_by_itself_says_when() {
    let reason = locked_reason(&locked(), Some(Interval::from_seconds(1800)), NOW);
    assert_eq!(reason.field("until"), Some("2020-01-01T00:30:00Z"));
    let later = FileTime(NOW.0 + 18_000_000_000);
    assert!(
        locked_reason(&locked(), Some(Interval::from_seconds(1800)), later)
            .fields()
            .is_empty()
    );
    let forever = locked_reason(&locked(), Some(Interval::from_attribute(i64::MIN)), NOW);
    assert!(forever.fields().is_empty());
    assert!(
        locked_reason(&locked(), Some(Interval::from_seconds(0)), NOW)
            .fields()
            .is_empty()
    );
}

#[test]
fn an_expired_account_is_refused_with_the_day_and_never_means_never() {
    let expired = AccountSnapshot {
        account_expires: Some(NOW),
        ..account()
    };
    let verdict = judge(Change, NONE, &expired);
    assert_eq!(codes(&verdict.reasons), [ReasonCode::AccountExpired]);
    assert_eq!(verdict.reasons[0].field("since"), Some("2020-01-01T00:00:00Z"));
    for never in [FileTime::ZERO, FileTime::NEVER, FileTime(NOW.0 + 1)] {
        let account = AccountSnapshot {
            account_expires: Some(never),
            ..account()
        };
        assert!(judge(Change, NONE, &account).reasons.is_empty());
    }
}

#[test]
fn what_is_not_known_refuses_nothing() {
    let unknown = AccountSnapshot::unknown(account().anchor, "CN=a".to_owned());
    for kind in OperationKind::ALL {
        let verdict = judge(kind, ALL, &unknown);
        assert!(
            verdict.reasons.is_empty() && verdict.warnings.is_empty(),
            "{kind}"
        );
    }
}
