//! The on-premises service: receives password events, checks them against policy, writes them to Active Directory
//! and audits every step.

pub mod domain;
pub mod policy;
