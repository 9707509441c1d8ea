//! Measures the running system beside the floor, in one run: the same kind of write, on the same account, as a bare
//! LDAPS modify over a warm connection of the service account. Figures differ from machine to machine; ratios less.

pub mod concurrent;
pub mod environment;
pub mod figures;
pub mod floor;
pub mod pairs;
pub mod subject;

use clap::ValueEnum;
use groundwire_proto::operation::v1::OperationKind;
use serde::Serialize;
use uuid::Uuid;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A change: the current password is proved.
    Change,
    /// A reset by a helpdesk: the domain controller enforces its history by policy hints.
    Reset,
}

impl Kind {
    /// As the public API calls it.
    #[must_use]
    pub const fn operation(self) -> OperationKind {
        match self {
            Self::Change => OperationKind::Change,
            Self::Reset => OperationKind::AdminReset,
        }
    }

    /// For a sentence.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Change => "changes",
            Self::Reset => "resets",
        }
    }
}

/// A password that nobody has had, of one length, which every policy of the fixture domain takes.
fn fresh_password() -> String {
    format!("Tidal-Lantern-{}", Uuid::new_v4().simple())
}
