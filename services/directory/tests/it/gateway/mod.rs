//! The connectors' gateway: enrolment, attached streams, sync.

mod answers;
mod attach;
mod enroll;
pub(crate) mod fake_connector;
mod forks;
mod group_dc;
mod line;
mod moved_names;
pub(crate) mod rig;
mod sync;
