//! The verdict on a password: every rule of the effective policy that can be judged without Active Directory, and how
//! its answer "policy" is explained by what is left. Reasons hold the rule's numbers, never a fact about the password.

use groundwire_proto::reasons::{Reason, ReasonCode};

use super::CLOCKS_MAY_DIFFER;
use super::complexity::{CLASS_NAMES, CLASSES_REQUIRED, Finding, Folded, judge_classes};
use super::effective::{EffectivePolicy, PolicyReading};
use crate::domain::{FileTime, OperationKind};

/// The most UTF-16 units that a password may have in Windows (Samba takes more, and no logon works afterwards).
pub const MAXIMUM_UNITS: u32 = 256;

/// A password before it is sent, and what it is judged by.
pub struct Candidate<'a> {
    /// The password. It is only looked at.
    pub password: &'a str,
    /// The account's `sAMAccountName`, if known.
    pub account_name: Option<&'a str>,
    /// The account's `displayName`, if known.
    pub display_name: Option<&'a str>,
    /// The account's `pwdLastSet`, if known.
    pub last_set: Option<FileTime>,
}

/// What is known of a password before Active Directory judges it. Most useful first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordVerdict {
    /// Why Active Directory would refuse it. Empty if it may be sent.
    pub refused: Vec<Reason>,
    /// Why Active Directory may refuse it: its own tables or its own clock decide.
    pub left_to_controller: Vec<Reason>,
}

impl PasswordVerdict {
    fn add(&mut self, finding: Finding, reason: Reason) {
        match finding {
            Finding::Kept => {}
            Finding::Broken => self.refused.push(reason),
            Finding::LeftToController => self.left_to_controller.push(reason),
        }
    }
}

/// Judges a password for an operation that sets one (for others: nothing to judge). Every reason that applies.
#[must_use]
pub fn judge_password(
    kind: OperationKind,
    candidate: &Candidate<'_>,
    policy: &PolicyReading,
    now: FileTime,
) -> PasswordVerdict {
    let mut verdict = PasswordVerdict::default();
    if !kind.sets_password() {
        return verdict;
    }
    let reasons = &mut verdict.refused;
    // Of all characters only NUL ends in a password with which no bind works (measured on Samba); an unpaired surrogate
    // would too, and cannot occur in UTF-8.
    if candidate.password.contains('\0') {
        reasons.push(Reason::new(ReasonCode::PasswordNotEncodable));
    }
    let units = candidate.password.encode_utf16().count();
    if units > MAXIMUM_UNITS as usize {
        reasons.push(Reason::new(ReasonCode::PasswordTooLong).with("maximum", MAXIMUM_UNITS));
    }
    let Some(policy) = policy.known() else {
        return verdict;
    };
    if let Some(minimum) = policy.minimum_length.filter(|minimum| units < *minimum as usize) {
        reasons.push(
            Reason::new(ReasonCode::PasswordTooShort)
                .with("minimum", minimum)
                .with("policy", policy.source.label()),
        );
    }
    if policy.complex == Some(true) {
        judge_complexity(candidate, &policy.source.label(), &mut verdict);
    }
    judge_age(candidate.last_set, policy, now, &mut verdict);
    if kind == OperationKind::Change && policy.changes_disabled == Some(true) {
        let reason = Reason::new(ReasonCode::PasswordChangesDisabled);
        verdict.refused.push(reason);
    }
    verdict
}

fn judge_complexity(candidate: &Candidate<'_>, policy: &str, verdict: &mut PasswordVerdict) {
    let broken = |code| Reason::new(code).with("policy", policy);
    let classes = broken(ReasonCode::PasswordNotComplex)
        .with("required", CLASSES_REQUIRED)
        .with("classes", CLASS_NAMES.join(","));
    verdict.add(judge_classes(candidate.password), classes);
    let folded = Folded::new(candidate.password);
    if let Some(name) = candidate.account_name {
        let reason = broken(ReasonCode::PasswordContainsAccountName);
        verdict.add(folded.judge_account_name(name), reason);
    }
    if let Some(name) = candidate.display_name {
        let reason = broken(ReasonCode::PasswordContainsDisplayName);
        verdict.add(folded.judge_display_name(name), reason);
    }
}

/// The minimum age holds for changes, and for resets because every reset carries policy hints. A password that must be
/// changed (`pwdLastSet` 0) is never too young. Near the edge the domain controller's own clock decides.
fn judge_age(
    last_set: Option<FileTime>,
    policy: &EffectivePolicy,
    now: FileTime,
    verdict: &mut PasswordVerdict,
) {
    let set = last_set.filter(|set| set.is_set());
    let Some((set, age)) = set.zip(policy.minimum_age.filter(|age| !age.is_zero())) else {
        return;
    };
    let may_change = set.plus(age);
    let finding = if may_change.plus(CLOCKS_MAY_DIFFER) <= now {
        Finding::Kept
    } else if may_change > now.plus(CLOCKS_MAY_DIFFER) {
        Finding::Broken
    } else {
        Finding::LeftToController
    };
    let reason = Reason::new(ReasonCode::PasswordTooYoung)
        .with("minimum_age_seconds", age.seconds())
        .with("policy", policy.source.label());
    let reason = match may_change.to_rfc3339() {
        Some(moment) => reason.with("may_change_after", moment),
        None => reason,
    };
    verdict.add(finding, reason);
}

/// Explains Active Directory's "policy" (0000052D), after the local rules let the password through. What is left is
/// what was left to it, the history, or a filter at the DC; which of them it was, it does not say.
///
/// The reasons are recorded, so they hold nothing that follows from the password: where complexity is on, whether it could be
/// judged here depends on the letters of the password, and is left out. Whether a password is too young does not.
#[must_use]
pub fn explain_policy_refusal(
    policy: &PolicyReading,
    ad_code: Option<u32>,
    left_to_controller: &[Reason],
) -> Vec<Reason> {
    let may_be_young = left_to_controller
        .iter()
        .find(|reason| reason.code() == ReasonCode::PasswordTooYoung);
    let mut reasons: Vec<Reason> = may_be_young.cloned().into_iter().collect();
    let known = policy.known();
    let complete = known.is_some_and(EffectivePolicy::is_complete);
    if let Some(policy) = known.filter(|_| complete)
        && let Some(length) = policy.history_length.filter(|length| *length > 0)
    {
        let reason = Reason::new(ReasonCode::PasswordInHistory).with("history", length);
        reasons.push(reason.with("policy", policy.source.label()));
    }
    let mut refused = Reason::new(ReasonCode::PasswordRefusedByDc);
    if let Some(code) = ad_code {
        refused = refused.with("ad_code", format!("{code:08X}"));
    }
    let ruled_out = known.map_or_else(Vec::new, |policy| ruled_out(policy, may_be_young.is_some()));
    if !ruled_out.is_empty() {
        refused = refused.with("ruled_out", ruled_out.join(","));
    }
    reasons.push(refused);
    reasons
}

fn ruled_out(policy: &EffectivePolicy, may_be_young: bool) -> Vec<&'static str> {
    let rules = [
        ("length", policy.minimum_length.is_some()),
        ("complexity", policy.complex == Some(false)),
        ("age", policy.minimum_age.is_some() && !may_be_young),
        ("history", policy.history_length == Some(0)),
    ];
    rules
        .into_iter()
        .filter(|(_, known)| *known)
        .map(|(rule, _)| rule)
        .collect()
}

#[cfg(test)]
mod tests;
