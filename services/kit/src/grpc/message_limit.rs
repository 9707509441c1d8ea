//! A limit on the messages of a body that is held before a message is buffered: by what its length prefix says.

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

/// A body whose messages have at most `max_message` bytes each. A longer one ends it with `OUT_OF_RANGE`, which the server
/// answers with; nothing of the message is passed on.
#[must_use]
pub fn limit_messages(body: Body, max_message: usize) -> Body {
    Body::new(LimitedBody {
        body,
        framing: Framing {
            max_message,
            prefix: Vec::with_capacity(PREFIX),
            left: 0,
        },
    })
}

struct LimitedBody {
    body: Body,
    framing: Framing,
}

impl http_body::Body for LimitedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
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
    max_message: usize,
    /// What has come of the prefix of the next message.
    prefix: Vec<u8>,
    /// Bytes of the present message that have not come yet.
    left: usize,
}

impl Framing {
    fn follow(&mut self, mut data: &[u8]) -> Result<(), Status> {
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
                if self.left > self.max_message {
                    return Err(too_long(self.max_message));
                }
            }
        }
        Ok(())
    }
}

fn too_long(max_message: usize) -> Status {
    let limit = HashMap::from([("max_bytes".to_owned(), max_message.to_string())]);
    Status::with_error_details(
        Code::OutOfRange,
        format!("a message to this method has at most {max_message} bytes"),
        ErrorDetails::with_error_info("MESSAGE_TOO_LONG", ERROR_DOMAIN, limit),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framing(max_message: usize) -> Framing {
        Framing {
            max_message,
            prefix: Vec::new(),
            left: 0,
        }
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
