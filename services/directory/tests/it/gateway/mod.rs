//! The connectors' gateway: enrolment, attached streams, sync.

mod attach;
mod enroll;
pub(crate) mod rig;
mod sync;
