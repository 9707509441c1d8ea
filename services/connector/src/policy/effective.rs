//! The password policy that applies to one account: its fine-grained policy (PSO), else the domain head.

use groundwire_proto::reasons::{Reason, ReasonCode};

use crate::domain::{DistinguishedName, Interval};

/// `pwdProperties` (MS-SAMR 2.2.1.12), as far as they matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PasswordProperties(pub u32);

impl PasswordProperties {
    /// Complexity is on.
    pub const COMPLEX: u32 = 0x1;
    /// Password changes are refused.
    pub const REFUSE_CHANGE: u32 = 0x20;

    /// Whether the bit is set.
    #[must_use]
    pub const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }
}

/// Where a policy comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicySource {
    /// The domain head.
    Domain,
    /// A fine-grained policy, by its DN.
    FineGrained(String),
}

impl PolicySource {
    /// How reasons name it: `domain`, or the fine-grained policy's own name (the first value of its DN).
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Domain => "domain".to_owned(),
            Self::FineGrained(name) => DistinguishedName::read(name)
                .first_value()
                .unwrap_or(name)
                .to_owned(),
        }
    }
}

/// The rules. A rule that could not be read is `None`: it is not judged here, Active Directory decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectivePolicy {
    /// Where they come from.
    pub source: PolicySource,
    /// `minPwdLength`, UTF-16 units.
    pub minimum_length: Option<u32>,
    pub complex: Option<bool>,
    /// `pwdHistoryLength`: how many former passwords are refused.
    pub history_length: Option<u32>,
    pub minimum_age: Option<Interval>,
    pub maximum_age: Option<Interval>,
    /// `lockoutThreshold`: wrong passwords until the lockout; 0 is never.
    pub lockout_threshold: Option<u32>,
    /// `lockOutObservationWindow`: how long a wrong password counts.
    pub lockout_window: Option<Interval>,
    pub lockout_duration: Option<Interval>,
    /// Whether password changes are refused (`pwdProperties` 32).
    pub changes_disabled: Option<bool>,
}

impl EffectivePolicy {
    /// A policy of which nothing is known.
    #[must_use]
    pub fn unknown(source: PolicySource) -> Self {
        Self {
            source,
            minimum_length: None,
            complex: None,
            history_length: None,
            minimum_age: None,
            maximum_age: None,
            lockout_threshold: None,
            lockout_window: None,
            lockout_duration: None,
            changes_disabled: None,
        }
    }

    /// Whether every rule that a password can break is known, so that a refusal without a local cause must come from
    /// elsewhere (history, a filter).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.minimum_length.is_some() && self.complex.is_some() && self.minimum_age.is_some()
    }
}

/// What came of reading the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyReading {
    Known(EffectivePolicy),
    /// `msDS-ResultantPSO` names a policy that may not be read. The domain head does not apply: nothing is known.
    Unreadable {
        /// The DN of the fine-grained policy.
        pso: String,
    },
}

impl PolicyReading {
    /// The rules, if they could be read.
    #[must_use]
    pub const fn known(&self) -> Option<&EffectivePolicy> {
        match self {
            Self::Known(policy) => Some(policy),
            Self::Unreadable { .. } => None,
        }
    }

    /// What an applied outcome has to tell: `POLICY_UNREADABLE`.
    #[must_use]
    pub fn warning(&self) -> Option<Reason> {
        match self {
            Self::Known(_) => None,
            Self::Unreadable { pso } => Some(Reason::new(ReasonCode::PolicyUnreadable).with("pso", pso)),
        }
    }
}
