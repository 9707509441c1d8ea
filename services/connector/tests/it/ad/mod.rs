//! Reading and writing Active Directory over LDAPS.

mod accounts;
pub(crate) mod administrator;
mod fake_server;
mod faults;
mod listing;
mod refused_writes;
pub(crate) mod rig;
mod writes;
