//! Streams that stand until the server stops.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;
use tonic::body::Body;

/// The body of an answer, which ends with `UNAVAILABLE` when the server stops and there is nothing more to send. It would
/// hold up the stop otherwise: a server waits for the calls that are under way.
pub(super) fn end_at_stop(body: Body, stop: CancellationToken) -> Body {
    Body::new(StandingBody {
        body: Some(body),
        stop: Box::pin(stop.cancelled_owned()),
    })
}

/// What a caller learns whose call the stop ended.
pub(super) fn stopping() -> Status {
    Status::unavailable("the server is stopping; try again")
}

struct StandingBody {
    /// `None` after the end.
    body: Option<Body>,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl http_body::Body for StandingBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        ready!(self.stop.as_mut().poll(context));
        self.body = None;
        let mut trailers = HeaderMap::new();
        let written = stopping().add_header(&mut trailers);
        Poll::Ready(Some(written.map(|()| Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
