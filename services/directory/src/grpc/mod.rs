//! The public API: one file per service, and what they share.

pub mod deadline;
pub mod gateway;
pub mod principal;
pub mod status;
