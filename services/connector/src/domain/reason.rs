//! Reasons are the contract's: its table is the only one.

pub use groundwire_proto::reasons::{Reason, ReasonCode};
