//! How a stream ends, and what the connector is told of it.

use tonic::Status;

use crate::delivery::session::Leaving;

/// A frame that does not belong here: the peer is broken or not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadFrame(pub(super) &'static str);

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The connector finished it.
    Finished,
    /// The connection broke.
    Broken,
    /// No `Hello` in time.
    NoHello,
    /// A frame that does not belong here.
    BadFrame(BadFrame),
    /// Three heartbeats were missed.
    Silent,
    /// It was told to leave and its grace is over.
    Left(Leaving),
    /// Not a connector any more.
    Revoked,
    /// The database did not answer: try again.
    Unavailable,
}

impl From<BadFrame> for End {
    fn from(bad: BadFrame) -> Self {
        Self::BadFrame(bad)
    }
}

impl End {
    /// For metrics and events.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Broken => "broken",
            Self::NoHello => "no_hello",
            Self::BadFrame(_) => "bad_frame",
            Self::Silent => "silent",
            Self::Left(leaving) => leaving.word(),
            Self::Revoked => "revoked",
            Self::Unavailable => "unavailable",
        }
    }

    /// What the connector is told; `None`: the stream ends with OK.
    pub(super) fn status(self) -> Option<Status> {
        match self {
            Self::Finished | Self::Broken | Self::Left(Leaving::Ending) => None,
            Self::NoHello => Some(Status::deadline_exceeded("no Hello came in time")),
            Self::BadFrame(bad) => Some(Status::invalid_argument(bad.0)),
            Self::Silent => Some(Status::unavailable("no frame came for three heartbeats")),
            Self::Left(Leaving::Replaced) => {
                Some(Status::aborted("a newer stream of this connector took its place"))
            }
            Self::Left(Leaving::Draining) => Some(Status::unavailable("the directory is stopping")),
            Self::Left(Leaving::ReceivedMissing) => {
                Some(Status::unavailable("Received did not come in time: attach again"))
            }
            Self::Left(Leaving::SlowReader) => {
                Some(Status::unavailable("frames were not taken in time: attach again"))
            }
            Self::Revoked => Some(Status::permission_denied("this connector may not attach")),
            Self::Unavailable => Some(Status::unavailable(
                "the directory's database did not answer: try again",
            )),
        }
    }
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
            Finished => [End::Finished.word()],
            Broken => [End::Broken.word()],
            NoHello => [End::NoHello.word()],
            BadFrame => [End::BadFrame(BadFrame("a frame")).word()],
            Silent => [End::Silent.word()],
            Left => leaving.map(|leaving| End::Left(leaving).word()),
            Revoked => [End::Revoked.word()],
            Unavailable => [End::Unavailable.word()],
        });
        Golden::of(env!("CARGO_MANIFEST_DIR"))
            .shelf("attach")
            .words(&[("ConnectorDetached.why", words)]);
    }
}
