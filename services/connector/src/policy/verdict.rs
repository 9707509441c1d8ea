//! The verdict on a password: every rule of the effective policy that can be judged without Active Directory, and how
//! its answer "policy" is explained by what is left. Reasons hold the rule's numbers, never a fact about the password.

use groundwire_proto::reasons::{Reason, ReasonCode};
use unicode_general_category::{GeneralCategory, get_general_category};

use super::complexity::{CLASS_NAMES, CLASSES_REQUIRED, Folded, has_enough_classes};
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

/// Judges a password for an operation that sets one (for others: nothing to judge). Every reason that applies, most
/// useful first; empty if it may be sent to Active Directory.
#[must_use]
pub fn judge_password(
    kind: OperationKind,
    candidate: &Candidate<'_>,
    policy: &PolicyReading,
    now: FileTime,
) -> Vec<Reason> {
    if !kind.sets_password() {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    if !candidate.password.chars().all(is_encodable) {
        reasons.push(Reason::new(ReasonCode::PasswordNotEncodable));
    }
    let units = candidate.password.encode_utf16().count();
    if units > MAXIMUM_UNITS as usize {
        reasons.push(Reason::new(ReasonCode::PasswordTooLong).with("maximum", MAXIMUM_UNITS));
    }
    let Some(policy) = policy.known() else {
        return reasons;
    };
    if let Some(minimum) = policy.minimum_length.filter(|minimum| units < *minimum as usize) {
        reasons.push(
            Reason::new(ReasonCode::PasswordTooShort)
                .with("minimum", minimum)
                .with("policy", policy.source.label()),
        );
    }
    if policy.complex == Some(true) {
        judge_complexity(candidate, &policy.source.label(), &mut reasons);
    }
    reasons.extend(too_young(candidate.last_set, policy, now));
    if kind == OperationKind::Change && policy.changes_disabled == Some(true) {
        reasons.push(Reason::new(ReasonCode::PasswordChangesDisabled));
    }
    reasons
}

/// NUL, control characters and unassigned code points: Active Directory may take them, and no logon works afterwards.
/// Unpaired surrogates cannot occur in UTF-8.
fn is_encodable(character: char) -> bool {
    let category = get_general_category(character);
    !matches!(
        category,
        GeneralCategory::Control | GeneralCategory::Unassigned | GeneralCategory::Surrogate
    )
}

fn judge_complexity(candidate: &Candidate<'_>, policy: &str, reasons: &mut Vec<Reason>) {
    let broken = |code| Reason::new(code).with("policy", policy);
    if !has_enough_classes(candidate.password) {
        let reason = broken(ReasonCode::PasswordNotComplex)
            .with("required", CLASSES_REQUIRED)
            .with("classes", CLASS_NAMES.join(","));
        reasons.push(reason);
    }
    let folded = Folded::new(candidate.password);
    if candidate
        .account_name
        .is_some_and(|name| folded.contains_account_name(name))
    {
        reasons.push(broken(ReasonCode::PasswordContainsAccountName));
    }
    if candidate
        .display_name
        .is_some_and(|name| folded.contains_display_name(name))
    {
        reasons.push(broken(ReasonCode::PasswordContainsDisplayName));
    }
}

/// The minimum age holds for changes, and for resets because every reset carries policy hints. A password that must be
/// changed (`pwdLastSet` 0) is never too young.
fn too_young(last_set: Option<FileTime>, policy: &EffectivePolicy, now: FileTime) -> Option<Reason> {
    let last_set = last_set.filter(|set| set.is_set())?;
    let age = policy.minimum_age.filter(|age| !age.is_zero())?;
    let may_change = last_set.plus(age);
    if may_change <= now {
        return None;
    }
    let reason = Reason::new(ReasonCode::PasswordTooYoung)
        .with("minimum_age_seconds", age.seconds())
        .with("policy", policy.source.label());
    Some(match may_change.to_rfc3339() {
        Some(moment) => reason.with("may_change_after", moment),
        None => reason,
    })
}

/// Explains Active Directory's "policy" (0000052D), after the local rules let the password through. What is left is
/// the history, or a filter at the DC; which of them it was, it does not say.
#[must_use]
pub fn explain_policy_refusal(policy: &PolicyReading, ad_code: Option<u32>) -> Vec<Reason> {
    let mut reasons = Vec::new();
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
    let ruled_out = known.map_or_else(Vec::new, ruled_out);
    if !ruled_out.is_empty() {
        refused = refused.with("ruled_out", ruled_out.join(","));
    }
    reasons.push(refused);
    reasons
}

fn ruled_out(policy: &EffectivePolicy) -> Vec<&'static str> {
    let rules = [
        ("length", policy.minimum_length.is_some()),
        ("complexity", policy.complex.is_some()),
        ("age", policy.minimum_age.is_some()),
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
