//! How a connector gets its identity, and what its keys are believed by: one-time tokens, the tenant's CA and signing key,
//! certificates of sealing keys.
//!
//! Promises: a token makes one identity at most; who is not what its certificate says gets nowhere. What a connector does
//! once it has an identity is not here: see [`crate::delivery`].

pub mod authority;
pub mod enroll;
pub mod identity;
pub mod key_certificate;
mod rate_limit;
pub mod token;

pub use authority::Authorities;
pub use enroll::Enrollment;
pub use identity::ConnectorIdentity;
