//! The on-premises service: receives password events, checks them against policy, writes them to Active Directory
//! and audits every step.
//!
//! It dials out and nothing outside can dial in. Where things are: [`config`] what can be set; [`identity`] its keys and
//! certificates; [`uplink`] the stream to the directory; [`pipeline`] the write; [`domain`] and [`policy`] the pure
//! decisions; [`ad`] Active Directory; [`audit`] the log; [`grpc`] its API; [`app`] how it is put
//! together; [`program`] its commands.

pub mod ad;
pub mod app;
pub mod audit;
pub mod config;
pub mod doctor;
pub mod domain;
pub mod grpc;
pub mod identity;
pub mod metrics;
pub mod pipeline;
pub mod policy;
pub mod program;
#[cfg(any(test, feature = "fuzz"))]
pub mod properties;
pub mod uplink;
