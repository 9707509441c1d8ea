//! The company's last word: which accounts and which kinds of operation this connector writes, whatever the cloud asks
//! for. What cannot be judged because an attribute may not be read does not pass.

use groundwire_proto::reasons::{Reason, ReasonCode};

use crate::domain::{AccountSnapshot, DistinguishedName, ObjectGuid, OperationKind, UserAccountControl};

/// RIDs of accounts that are protected by themselves: Administrator and krbtgt.
const PROTECTED_ACCOUNT_RIDS: [(u32, &str); 2] = [(500, "RID 500"), (502, "RID 502")];

/// Which organisational units are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// An account must lie in one of these.
    pub include: Vec<DistinguishedName>,
    /// And in none of these.
    pub exclude: Vec<DistinguishedName>,
}

/// Which rule of the scope an account breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeBreach {
    /// It lies in none of the included units.
    NotIncluded,
    /// It lies in an excluded unit.
    Excluded,
}

impl Scope {
    /// Whether an account of that name is out of scope, and by which rule.
    #[must_use]
    pub fn breach(&self, distinguished_name: &str) -> Option<ScopeBreach> {
        let name = DistinguishedName::read(distinguished_name);
        if self.exclude.iter().any(|base| name.lies_in(base)) {
            Some(ScopeBreach::Excluded)
        } else if !self.include.iter().any(|base| name.lies_in(base)) {
            Some(ScopeBreach::NotIncluded)
        } else {
            None
        }
    }
}

impl ScopeBreach {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotIncluded => "include",
            Self::Excluded => "exclude",
        }
    }
}

/// The rules set on premises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrails {
    /// Which accounts, by place.
    pub scope: Scope,
    /// Which kinds of operation.
    pub kinds: Vec<OperationKind>,
    /// Write to accounts that need no password (the DC exempts them from every rule). Off unless the company says so.
    pub allow_password_not_required: bool,
}

impl Guardrails {
    /// Every reason why this operation must not be written to this account.
    #[must_use]
    pub fn judge(&self, kind: OperationKind, account: &AccountSnapshot) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if !self.kinds.contains(&kind) {
            reasons.push(Reason::new(ReasonCode::OperationNotPermitted).with("kind", kind));
        }
        if let Some(breach) = self.scope.breach(&account.distinguished_name) {
            reasons.push(Reason::new(ReasonCode::AccountOutOfScope).with("rule", breach.as_str()));
        }
        reasons.extend(judge_protection(account));
        reasons.extend(self.judge_account_kind(account));
        reasons
    }

    fn judge_account_kind(&self, account: &AccountSnapshot) -> Option<Reason> {
        let unsupported =
            |kind: &str| Some(Reason::new(ReasonCode::AccountKindUnsupported).with("kind", kind));
        let class = |name: &str| {
            account
                .object_classes
                .iter()
                .any(|class| class.eq_ignore_ascii_case(name))
        };
        let Some(control) = account.control else {
            return Some(not_readable("userAccountControl", account));
        };
        if class("computer")
            || control.has(UserAccountControl::WORKSTATION_TRUST | UserAccountControl::SERVER_TRUST)
        {
            return unsupported("computer");
        }
        if control.has(UserAccountControl::INTERDOMAIN_TRUST) {
            return unsupported("trust");
        }
        if !account.object_classes.is_empty() && !class("user") {
            return unsupported("not_a_user");
        }
        if control.has(UserAccountControl::SMART_CARD_REQUIRED) {
            return unsupported("smart_card_required");
        }
        if control.has(UserAccountControl::PASSWORD_NOT_REQUIRED) && !self.allow_password_not_required {
            return unsupported("password_not_required");
        }
        None
    }
}

/// Protected accounts: a cloud that could write to them would own the company (CVE-2017-8613). `adminCount` may lag
/// behind the membership by an hour, and stays after it: both are looked at.
fn judge_protection(account: &AccountSnapshot) -> Vec<Reason> {
    let (Some(sid), Some(groups)) = (&account.sid, &account.token_groups) else {
        let missing = if account.sid.is_none() {
            "objectSid"
        } else {
            "tokenGroups"
        };
        return vec![not_readable(missing, account)];
    };
    let protected = |by: &str| Reason::new(ReasonCode::AccountProtected).with("group", by);
    let rid = sid.domain_rid();
    let by_rid = PROTECTED_ACCOUNT_RIDS
        .iter()
        .filter(|(own, _)| rid == Some(*own))
        .map(|(_, name)| *name);
    let by_group = groups.iter().filter_map(|group| group.protected_group());
    let mut names: Vec<&str> = by_rid.chain(by_group).collect();
    names.sort_unstable();
    names.dedup();
    if !names.is_empty() {
        return vec![protected(&names.join(", "))];
    }
    match account.admin_count {
        Some(count) if count != 0 => vec![Reason::new(ReasonCode::AccountProtectionStale)],
        Some(_) | None => Vec::new(),
    }
}

/// An attribute without which nobody passes.
fn not_readable(attribute: &str, account: &AccountSnapshot) -> Reason {
    Reason::new(ReasonCode::RightMissing)
        .with("right", format!("read {attribute}"))
        .with("object", account.anchor.ldap_target())
}

#[cfg(test)]
mod tests;
