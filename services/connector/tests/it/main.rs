//! Integration tests of the connector: against a real Active Directory domain controller (Samba), and against a
//! fake server for the faults that a real one cannot be made to have on demand.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking and may say why"
)]

mod ad;
mod pipeline;
mod upgrade;
mod uplink;
mod verify;
