//! Callers that announce a message and do not send all of it.

use std::convert::Infallible;

use bytes::Bytes;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio_stream::StreamExt as _;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::Channel;
use tower::{Service as _, ServiceExt as _};

/// A body with one message of so many bytes, of which half is sent; the rest never comes, nor does an end.
#[must_use]
pub fn half_sent_message(length: u32) -> Body {
    let mut bytes = vec![0];
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.resize(bytes.len() + usize::try_from(length / 2).unwrap(), 0xff);
    let half = tokio_stream::once(Ok::<_, Infallible>(Frame::data(Bytes::from(bytes))));
    Body::new(StreamBody::new(half.chain(tokio_stream::pending())))
}

/// Calls a method (`package.Service/Method`) with half of a message, and waits for the headers of the answer.
///
/// # Panics
/// If the connection fails, or the headers do not end the call with an error.
pub async fn call_with_half_a_message(
    mut channel: Channel,
    method: &str,
    headers: &[(&'static str, &str)],
    length: u32,
) -> Status {
    let mut request = Request::post(format!("/{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(half_sent_message(length)).unwrap();
    let response = channel.ready().await.unwrap().call(request).await.unwrap();
    Status::from_header_map(response.headers()).expect("an answer that ends with its headers")
}
