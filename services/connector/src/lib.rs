//! The on-premises service: receives password events, checks them against policy, writes them to Active Directory
//! and audits every step.
//!
//! It dials out and nothing outside can dial in. Where things are: [`config`] what can be set; [`identity`] its keys and
//! certificates; [`domain`] and [`policy`] the pure decisions; [`ad`] Active Directory; [`app`] how it is put together.

pub mod ad;
pub mod audit;
pub mod config;
pub mod domain;
pub mod pipeline;
pub mod policy;
