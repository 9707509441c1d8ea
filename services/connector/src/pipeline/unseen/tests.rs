use uuid::Uuid;

use super::*;
use crate::ad::{DomainController, WritableAttributes};
use crate::domain::{AccountAnchor, AccountSnapshot, ComputedFlags, FileTime, Interval};
use crate::policy::{EffectivePolicy, PolicyReading, PolicySource};
use ReasonCode::{
    AccountLocked, CurrentPasswordIncorrect, PasswordChangesDisabled, PasswordContainsAccountName,
    PasswordContainsDisplayName, PasswordInHistory, PasswordNotComplex, PasswordRefusedByDc,
    PasswordTooShort, PasswordTooYoung, RightMissing, UserCannotChangePassword,
};

fn reading(account: AccountSnapshot, policy: PolicyReading) -> AccountReading {
    AccountReading {
        account,
        bears_name: true,
        policy,
        domain_controller: DomainController {
            domain_controllers: Some(1),
            name: "dc1".to_owned(),
            naming_context: String::new(),
            invocation_id: None,
            policy_hints: None,
            read_only: false,
        },
    }
}

fn account() -> AccountSnapshot {
    AccountSnapshot::unknown(AccountAnchor::new(Uuid::nil()), "CN=a".to_owned())
}

#[test]
fn what_everything_shows_of_leaves_only_what_active_directory_alone_knows() {
    let account = AccountSnapshot {
        computed: Some(ComputedFlags(0)),
        sam_account_name: Some("ann".to_owned()),
        password_last_set: Some(FileTime(1)),
        ..account()
    };
    let policy = PolicyReading::Known(EffectivePolicy {
        minimum_length: Some(8),
        complex: Some(true),
        history_length: Some(0),
        minimum_age: Some(Interval::from_seconds(86_400)),
        changes_disabled: Some(false),
        ..EffectivePolicy::unknown(PolicySource::Domain)
    });
    let rights = Rights {
        writable: Some(WritableAttributes {
            marker: true,
            password_last_set: true,
            lockout_time: true,
        }),
        change_password: Permission::Granted,
        marker_attribute: "marker".to_owned(),
    };
    let reading = reading(account, policy);
    let unseen = |kind, left: &[Reason]| list_unseen(kind, &reading, Some(&rights), left);
    assert_eq!(
        unseen(OperationKind::Change, &[]),
        [PasswordRefusedByDc, CurrentPasswordIncorrect]
    );
    assert_eq!(
        unseen(OperationKind::SelfReset, &[Reason::new(PasswordNotComplex)]),
        [PasswordNotComplex, PasswordRefusedByDc, RightMissing]
    );
    assert_eq!(unseen(OperationKind::Unlock, &[]), []);
}

#[test]
fn what_may_not_be_read_is_listed() {
    let reading = reading(
        account(),
        PolicyReading::Unreadable {
            pso: "CN=p".to_owned(),
        },
    );
    assert_eq!(
        list_unseen(OperationKind::Change, &reading, None, &[]),
        [
            PasswordTooShort,
            PasswordNotComplex,
            PasswordContainsAccountName,
            PasswordContainsDisplayName,
            PasswordInHistory,
            PasswordTooYoung,
            PasswordRefusedByDc,
            CurrentPasswordIncorrect,
            AccountLocked,
            UserCannotChangePassword,
            PasswordChangesDisabled,
            RightMissing,
        ]
    );
    assert_eq!(
        list_unseen(OperationKind::Unlock, &reading, None, &[]),
        [RightMissing]
    );
}
