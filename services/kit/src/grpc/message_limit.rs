//! Limits on a body and its messages that are held before a message is buffered: by what its length prefix says.

use std::collections::HashMap;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::ERROR_DOMAIN;

/// A flag and four bytes of length stand before each message (gRPC over HTTP/2, "Length-Prefixed-Message").
const PREFIX: usize = 5;

/// How much of a body is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// The longest message, in bytes.
    pub message: usize,
    /// All messages together with their prefixes, in bytes.
    pub body: usize,
}

impl BodyLimits {
    /// For one message of so many bytes. The server would read on after it to the end of the body, whatever comes.
    #[must_use]
    pub const fn of_one_message(message: usize) -> Self {
        Self {
            message,
            body: PREFIX + message,
        }
    }
}

/// A body within the limits. More than that ends it with `OUT_OF_RANGE`, which the server answers with; nothing of what is
/// too much is passed on. Where nothing comes, `end` ends it with its status.
#[must_use]
pub fn limit_body(
    body: Body,
    limits: BodyLimits,
    end: impl Future<Output = Status> + Send + 'static,
) -> Body {
    Body::new(LimitedBody {
        body,
        framing: Framing::new(limits),
        end: Some(Box::pin(end)),
    })
}

struct LimitedBody {
    body: Body,
    framing: Framing,
    /// `None` after it ended the body.
    end: Option<Pin<Box<dyn Future<Output = Status> + Send>>>,
}

impl http_body::Body for LimitedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            let Some(end) = &mut self.end else {
                return Poll::Ready(None);
            };
            let status = ready!(end.as_mut().poll(context));
            self.end = None;
            return Poll::Ready(Some(Err(status)));
        };
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && let Err(too_long) = self.framing.follow(data)
        {
            return Poll::Ready(Some(Err(too_long)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Where in the sequence of messages a body is.
struct Framing {
    limits: BodyLimits,
    /// Bytes of the body that have come.
    passed: usize,
    /// What has come of the prefix of the next message.
    prefix: Vec<u8>,
    /// Bytes of the present message that have not come yet.
    left: usize,
}

impl Framing {
    fn new(limits: BodyLimits) -> Self {
        Self {
            limits,
            passed: 0,
            prefix: Vec::with_capacity(PREFIX),
            left: 0,
        }
    }

    fn follow(&mut self, mut data: &[u8]) -> Result<(), Status> {
        self.passed = self.passed.saturating_add(data.len());
        while !data.is_empty() {
            let expected = if self.left > 0 {
                self.left
            } else {
                PREFIX - self.prefix.len()
            };
            let (part, rest) = data.split_at(expected.min(data.len()));
            data = rest;
            if self.left > 0 {
                self.left -= part.len();
                continue;
            }
            self.prefix.extend_from_slice(part);
            if let [_flag, length @ ..] = self.prefix.as_slice()
                && let Ok(length) = <[u8; 4]>::try_from(length)
            {
                self.left = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                self.prefix.clear();
                if self.left > self.limits.message {
                    let words = format!(
                        "a message to this method has at most {} bytes",
                        self.limits.message
                    );
                    return Err(too_long(words, self.limits.message));
                }
            }
        }
        if self.passed > self.limits.body {
            let words = format!(
                "the messages of a call of this method have at most {} bytes together",
                self.limits.body
            );
            return Err(too_long(words, self.limits.body));
        }
        Ok(())
    }
}

fn too_long(words: String, max_bytes: usize) -> Status {
    let limit = HashMap::from([("max_bytes".to_owned(), max_bytes.to_string())]);
    Status::with_error_details(
        Code::OutOfRange,
        words,
        ErrorDetails::with_error_info("MESSAGE_TOO_LONG", ERROR_DOMAIN, limit),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framing(message: usize) -> Framing {
        Framing::new(BodyLimits {
            message,
            body: usize::MAX,
        })
    }

    fn message(length: usize) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
        bytes.resize(PREFIX + length, 0xff);
        bytes
    }

    #[test]
    fn a_message_is_too_long_as_soon_as_its_prefix_says_so() {
        let status = framing(10).follow(&message(11)[..PREFIX]).unwrap_err();
        assert_eq!(status.code(), Code::OutOfRange);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("MESSAGE_TOO_LONG", "groundwire")
        );
        assert!(framing(10).follow(&message(10)).is_ok());
    }

    #[test]
    fn after_one_message_nothing_is_passed_on_where_there_is_room_for_one() {
        let mut framing = Framing::new(BodyLimits::of_one_message(10));
        assert!(framing.follow(&message(10)).is_ok());
        assert_eq!(framing.follow(&message(0)).unwrap_err().code(), Code::OutOfRange);
    }

    proptest! {
        #[test]
        fn every_message_is_measured_however_the_bytes_are_cut(
            lengths in proptest::collection::vec(0_usize..20, 0..6),
            cut in 1_usize..8,
        ) {
            let bytes: Vec<u8> = lengths.iter().flat_map(|length| message(*length)).collect();
            let mut framing = framing(12);
            let all_fit = bytes.chunks(cut).try_for_each(|part| framing.follow(part)).is_ok();
            prop_assert_eq!(all_fit, lengths.iter().all(|length| *length <= 12));
        }
    }
}
