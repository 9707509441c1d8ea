//! From a signed event to a recorded and reported end.

pub(crate) mod fake_ad;
mod path;
mod real_dc;
mod records;
mod recovery;
pub(crate) mod rig;
mod stages;
pub(crate) mod store;
