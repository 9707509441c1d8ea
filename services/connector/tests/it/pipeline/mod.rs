//! From a signed event to a recorded and reported end.

mod check_gap;
pub(crate) mod crash_points;
mod crashes;
mod encodable;
pub(crate) mod event_spec;
mod events;
pub(crate) mod fake_ad;
mod lockout;
mod path;
pub(crate) mod process;
mod real_dc;
mod recorded_tries;
mod records;
mod recovery;
mod refusals;
pub(crate) mod rig;
mod rights;
mod stages;
pub(crate) mod store;
mod takeover;
