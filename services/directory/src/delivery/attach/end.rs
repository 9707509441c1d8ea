//! How a stream ends, and what the connector learns of it.

use crate::domain::ErrorClass;
use crate::store::StoreError;

/// Why a stream takes no more events though it is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Leaving {
    /// A newer stream of the same connector took its place.
    #[error("a newer stream of this connector took its place")]
    Replaced,
    /// The directory is stopping.
    #[error("the directory is stopping")]
    Draining,
    /// Its loop has ended; what was begun is finished.
    #[error("the stream has ended")]
    Ending,
    /// The `Received` of several operations in a row did not come in time.
    #[error("Received did not come in time: attach again")]
    ReceivedMissing,
    /// Its queue stayed full.
    #[error("frames were not taken in time: attach again")]
    SlowReader,
}

impl Leaving {
    /// For metrics, events and the `Drain` frame.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Draining => "draining",
            Self::Ending => "ending",
            Self::ReceivedMissing => "received_missing",
            Self::SlowReader => "slow_reader",
        }
    }

    /// True if it may still be there but cannot be relied on.
    #[must_use]
    pub const fn is_suspect(self) -> bool {
        match self {
            Self::ReceivedMissing | Self::SlowReader => true,
            Self::Replaced | Self::Draining | Self::Ending => false,
        }
    }
}

/// A frame that does not belong here: the peer is broken or not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadFrame(pub(super) &'static str);

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum End {
    /// The connector finished it.
    #[error("the connector finished the stream")]
    Finished,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// No `Hello` in time.
    #[error("no Hello came in time")]
    NoHello,
    /// A frame that does not belong here.
    #[error(transparent)]
    BadFrame(BadFrame),
    /// Three heartbeats were missed.
    #[error("no frame came for three heartbeats")]
    Silent,
    /// It had to leave, and its grace is over.
    #[error(transparent)]
    Left(Leaving),
    /// Not a connector any more.
    #[error("this connector may not attach")]
    Revoked,
    /// The database did not answer: try again.
    #[error("the directory's database did not answer: try again")]
    Unavailable,
}

impl From<BadFrame> for End {
    fn from(bad: BadFrame) -> Self {
        Self::BadFrame(bad)
    }
}

impl End {
    /// For metrics and events.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Broken => "broken",
            Self::NoHello => "no_hello",
            Self::BadFrame(_) => "bad_frame",
            Self::Silent => "silent",
            Self::Left(leaving) => leaving.as_str(),
            Self::Revoked => "revoked",
            Self::Unavailable => "unavailable",
        }
    }

    /// What the connector can do about it.
    #[must_use]
    pub const fn class(self) -> ErrorClass {
        match self {
            Self::Finished | Self::Broken | Self::Left(Leaving::Ending) => ErrorClass::BrokenOff,
            Self::NoHello => ErrorClass::Overdue,
            Self::BadFrame(_) => ErrorClass::Malformed,
            Self::Left(Leaving::Replaced) => ErrorClass::Replaced,
            Self::Revoked => ErrorClass::Forbidden,
            Self::Silent
            | Self::Left(Leaving::Draining | Leaving::ReceivedMissing | Leaving::SlowReader)
            | Self::Unavailable => ErrorClass::Passing,
        }
    }

    /// False if there is nobody to tell or nothing to say: then the stream ends without an error.
    pub(super) const fn is_failure(self) -> bool {
        match self {
            Self::Finished | Self::Broken | Self::Left(Leaving::Ending) => false,
            Self::NoHello
            | Self::BadFrame(_)
            | Self::Silent
            | Self::Left(
                Leaving::Replaced | Leaving::Draining | Leaving::ReceivedMissing | Leaving::SlowReader,
            )
            | Self::Revoked
            | Self::Unavailable => true,
        }
    }
}

/// A stream needs the database, and it did not answer.
pub(super) fn unavailable(error: StoreError) -> End {
    tracing::warn!(%error, cause = error.cause(), "a stream needs the database");
    End::Unavailable
}

#[cfg(test)]
mod tests {
    use groundwire_kit::names_of_variants;
    use groundwire_kit::testing::golden::Golden;

    use super::*;

    /// `ConnectorDetached` holds them.
    #[test]
    fn the_words_of_an_end_are_the_recorded_ones() {
        let leaving = groundwire_kit::every_variant!(Leaving {
            Replaced,
            Draining,
            Ending,
            ReceivedMissing,
            SlowReader,
        });
        let words = names_of_variants!(End {
            Finished => [End::Finished.as_str()],
            Broken => [End::Broken.as_str()],
            NoHello => [End::NoHello.as_str()],
            BadFrame => [End::BadFrame(BadFrame("a frame")).as_str()],
            Silent => [End::Silent.as_str()],
            Left => leaving.map(|leaving| End::Left(leaving).as_str()),
            Revoked => [End::Revoked.as_str()],
            Unavailable => [End::Unavailable.as_str()],
        });
        Golden::of(env!("CARGO_MANIFEST_DIR"))
            .shelf("attach")
            .words(&[("ConnectorDetached.why", words)]);
    }
}
