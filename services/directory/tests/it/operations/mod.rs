//! Operations: requests, their way to a connector, and their ends.

mod checks;
mod flows;
mod identity;
mod refusals;
mod restart;
mod restored;
pub(crate) mod rig;
mod secrets;
mod spans;
mod tasks;
mod time;
