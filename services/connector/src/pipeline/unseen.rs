//! What a check cannot see: every rule by which Active Directory may refuse, of an account and a kind, what the check takes.
//! Pure.

use groundwire_proto::reasons::{Reason, ReasonCode};

use crate::ad::{AccountReading, Permission, RequestKind, Rights};
use crate::domain::OperationKind;

/// The codes by which the operation may end though the check names none of them. `rights`: `None` if they could not be
/// read; `left`: what the local rules leave to the domain controller.
pub(super) fn list_unseen(
    kind: OperationKind,
    reading: &AccountReading,
    rights: Option<&Rights>,
    left: &[Reason],
) -> Vec<ReasonCode> {
    let mut unseen = Vec::new();
    if kind.sets_password() {
        list_rules(kind, reading, &mut unseen);
        unseen.extend(left.iter().map(Reason::code));
        // A filter at the domain controller.
        unseen.push(ReasonCode::PasswordRefusedByDc);
    }
    if kind == OperationKind::Change {
        // A check tries no current password.
        unseen.push(ReasonCode::CurrentPasswordIncorrect);
        if reading.account.computed.is_none() {
            unseen.push(ReasonCode::AccountLocked);
        }
        if rights.is_none_or(|rights| rights.change_password == Permission::NotKnown) {
            unseen.push(ReasonCode::UserCannotChangePassword);
        }
    }
    if rights.is_none_or(|rights| !rights.look_for(RequestKind::of(kind)).1.is_empty()) {
        unseen.push(ReasonCode::RightMissing);
    }
    unseen.sort_unstable();
    unseen.dedup();
    unseen
}

fn list_rules(kind: OperationKind, reading: &AccountReading, unseen: &mut Vec<ReasonCode>) {
    let (account, policy) = (&reading.account, reading.policy.known());
    let complex = policy.and_then(|policy| policy.complex);
    let age = policy.and_then(|policy| policy.minimum_age);
    let is_age_seen = age.is_some_and(|age| age.is_zero()) || age.and(account.password_last_set).is_some();
    let is_unseen = [
        (
            ReasonCode::PasswordInHistory,
            policy.and_then(|policy| policy.history_length) != Some(0),
        ),
        (
            ReasonCode::PasswordTooShort,
            policy.and_then(|policy| policy.minimum_length).is_none(),
        ),
        (ReasonCode::PasswordNotComplex, complex.is_none()),
        (
            ReasonCode::PasswordContainsAccountName,
            complex.is_none() || (complex == Some(true) && account.sam_account_name.is_none()),
        ),
        (
            // Absent is also what an account without one looks like; then there is nothing to see.
            ReasonCode::PasswordContainsDisplayName,
            complex.is_none(),
        ),
        (ReasonCode::PasswordTooYoung, !is_age_seen),
        (
            ReasonCode::PasswordChangesDisabled,
            kind == OperationKind::Change && policy.and_then(|policy| policy.changes_disabled).is_none(),
        ),
    ];
    let codes = is_unseen.into_iter().filter(|(_, unseen)| *unseen);
    unseen.extend(codes.map(|(code, _)| code));
}

#[cfg(test)]
mod tests;
