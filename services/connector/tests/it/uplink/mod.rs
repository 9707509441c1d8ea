//! The streams to the directory, enrolment, and the process as a whole.

mod audit_api;
mod conditions;
pub(crate) mod fake_gateway;
mod forks;
pub(crate) mod process;
pub(crate) mod rig;
mod streams;
mod sync;
