//! The operation, in the words that both services, the command line and the tests use.
//!
//! [`v1`] is the generated code: messages as they travel. The types beside it are what a message becomes once it was
//! checked, so they have no "not set" and no value of a newer peer. Each word stands in one file, with its text, its
//! stored form and its way to and from the wire.

mod evidence;
mod flags;
mod kind;
mod lookup_name;
mod on_behalf_of;
mod outcome_code;
mod stage;
mod words;

pub use evidence::Evidence;
pub use flags::OperationFlags;
pub use kind::OperationKind;
pub use lookup_name::LookupName;
pub use on_behalf_of::OnBehalfOf;
pub use outcome_code::OutcomeCode;
pub use stage::Stage;
pub use words::UnknownWord;

/// The first version of this package.
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/groundwire.operation.v1.rs"));
}
