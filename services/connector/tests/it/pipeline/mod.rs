//! From a signed event to a recorded and reported end.

mod checks;
pub(crate) mod crash_points;
mod crashes;
mod cuts;
pub(crate) mod event_spec;
mod events;
pub(crate) mod fake_ad;
mod handed_on_names;
mod names_at_random;
mod path;
pub(crate) mod process;
pub(crate) mod real_dc;
mod records;
mod recovery;
mod refusals;
pub(crate) mod rig;
mod stages;
pub(crate) mod store;
mod takeover;
