//! The connector's own judgement before anything is sent to Active Directory: the company's guardrails and the effective
//! password policy. Pure. It promises every reason that can be known, not the first one, and it never lets through what a
//! guardrail forbids; where something could not be read, Active Directory decides on policy and nobody passes a
//! guardrail.

pub mod complexity;
pub mod effective;
pub mod guardrails;
pub mod lockout;
pub mod verdict;

pub use effective::{EffectivePolicy, PolicyReading, PolicySource};
pub use guardrails::{Guardrails, Scope};
pub use verdict::{Candidate, PasswordVerdict, explain_policy_refusal, judge_password};

use crate::domain::Interval;

/// The connector's clock and the domain controller's may differ by so much, as it may from the directory's: nearer to an
/// edge the domain controller decides, or what is to be kept from happening is held for longer.
pub const CLOCKS_MAY_DIFFER: Interval = Interval::from_seconds(120);
