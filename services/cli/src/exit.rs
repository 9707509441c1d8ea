//! How a command ends.

use std::process::ExitCode;

/// How a command ended, as its exit status tells a script. An error is exit 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done. Exit 0.
    Done,
    /// An operation ended otherwise than applied, or a candidate is not acceptable. Exit 2.
    Refused,
    /// The operation has not ended yet. Exit 3.
    Open,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Refused => Self::from(2),
            Exit::Open => Self::from(3),
        }
    }
}
