//! Operations: requests, their way to a connector, and their ends.

mod checks;
mod deadlines;
mod flows;
mod identity;
mod line;
mod names;
mod not_taken;
mod refusals;
mod restart;
mod restored;
pub(crate) mod rig;
mod secrets;
mod spans;
pub(crate) mod tasks;
mod time;
