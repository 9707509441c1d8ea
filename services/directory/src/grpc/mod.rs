//! The gRPC edge: strings from the wire become types here and nowhere else. One file (or folder) per service, and what
//! they share.

pub mod accounts;
pub mod callers;
pub mod deadline;
pub mod fields;
pub mod gateway;
pub mod limits;
pub mod passwords;
pub mod principal;
pub mod status;
pub mod tenants;
