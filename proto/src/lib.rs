//! The contract: what the services say to their callers and to each other.
//!
//! The `.proto` files under `proto/` are the documentation of the API; this crate is the code generated from them and
//! the words that everybody who speaks the contract uses: ids ([`ids`]), kinds, flags, stages, outcomes and evidence
//! ([`operation`]), times ([`time`]), log heads and their comparison ([`log_head`]), signed bytes ([`signed`]), the
//! enrolment token ([`enrollment_token`]), the names of methods ([`methods`]) and of optional behaviours
//! ([`capability`]), and the one table of reasons ([`reasons`]).
//! These are pure: no IO, no clock.
//! Fields that carry secrets are marked `debug_redact` and never show in a `Debug`.

#![warn(missing_docs)]
#![allow(unused_qualifications, reason = "tonic's generated code qualifies every name")]

pub mod capability;
pub mod enrollment_token;
pub mod ids;
pub mod log_head;
pub mod methods;
pub mod operation;
pub mod reasons;
#[cfg(test)]
mod redaction;
pub mod signed;
pub mod time;

/// Signed bytes and sealed secrets.
pub mod envelope {
    /// The first version of this package.
    pub mod v1 {
        tonic::include_proto!("groundwire.envelope.v1");
        include!(concat!(env!("OUT_DIR"), "/groundwire.envelope.v1.debug.rs"));
    }
}

/// Where a log stands.
pub mod eventlog {
    /// The first version of this package.
    pub mod v1 {
        tonic::include_proto!("groundwire.eventlog.v1");
    }
}

/// What apps, helpdesks and administrators call.
pub mod directory {
    /// The first version of this package.
    #[allow(
        missing_docs,
        reason = "tonic's generated clients and servers have undocumented methods"
    )]
    pub mod v1 {
        tonic::include_proto!("groundwire.directory.v1");
        include!(concat!(env!("OUT_DIR"), "/groundwire.directory.v1.debug.rs"));
    }
}

/// What connectors call.
pub mod gateway {
    /// The first version of this package.
    #[allow(
        missing_docs,
        reason = "tonic's generated clients and servers have undocumented methods"
    )]
    #[allow(
        clippy::large_enum_variant,
        reason = "Welcome is the largest frame and comes once per stream"
    )]
    pub mod v1 {
        tonic::include_proto!("groundwire.gateway.v1");
        include!(concat!(env!("OUT_DIR"), "/groundwire.gateway.v1.debug.rs"));
    }
}

/// What auditors call, on premises.
pub mod audit {
    /// The first version of this package.
    #[allow(
        missing_docs,
        reason = "tonic's generated clients and servers have undocumented methods"
    )]
    pub mod v1 {
        tonic::include_proto!("groundwire.audit.v1");
    }
}

/// The whole contract as an encoded `FileDescriptorSet`, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/groundwire.fds"));
