//! Integration tests of the connector: against a real Active Directory domain controller (Samba), and against a
//! scripted server for the faults that a real one cannot be made to have on demand.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking and may say why"
)]

mod ad_accounts;
mod ad_faults;
mod ad_fixture;
mod ad_listing;
mod ad_scripted_server;
mod ad_writes;
mod pipeline_path;
mod pipeline_real_dc;
mod pipeline_records;
mod pipeline_recovery;
mod pipeline_rig;
mod pipeline_scripted_ad;
mod pipeline_stages;
mod pipeline_store;
mod upgrade;
mod uplink_audit_api;
mod uplink_gateway;
mod uplink_process;
mod uplink_rig;
mod uplink_streams;
mod uplink_sync;
mod verify;
