//! Reading and writing Active Directory over LDAPS.

mod accounts;
pub(crate) mod administrator;
mod binds;
pub(crate) mod cuts;
mod explicit_names;
mod fake_server;
mod faults;
pub(crate) mod forwarder;
mod late_writes;
mod listing;
mod names;
mod one_controller;
mod refused_writes;
pub(crate) mod rig;
mod service_account;
mod writes;
