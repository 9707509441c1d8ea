//! Operations: requests, their way to a connector, and their ends.

mod checks;
mod flows;
mod identity;
mod not_taken;
mod refusals;
mod restart;
pub(crate) mod rig;
mod secrets;
mod spans;
mod tasks;
mod time;
