//! The connector's own judgement before anything is sent to Active Directory: the company's guardrails and the effective
//! password policy. Pure. It promises every reason that can be known, not the first one, and it never lets through what a
//! guardrail forbids; where something could not be read, Active Directory decides on policy and nobody passes a
//! guardrail.

pub mod complexity;
pub mod effective;
pub mod guardrails;
pub mod verdict;

pub use effective::{EffectivePolicy, PolicyReading, PolicySource};
pub use guardrails::{Guardrails, Scope};
pub use verdict::{Candidate, explain_policy_refusal, judge_password};
