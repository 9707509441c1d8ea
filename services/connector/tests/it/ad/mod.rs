//! Reading and writing Active Directory over LDAPS.

mod accounts;
mod fake_server;
mod faults;
mod listing;
pub(crate) mod rig;
mod writes;
