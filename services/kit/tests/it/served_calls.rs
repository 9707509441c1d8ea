//! The layer around a server, over HTTP/2: what an attacker sends, and what the others on the server notice of it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use groundwire_kit::grpc::{Access, CallLayer, CallMetrics, Callers, Methods, health, reflection};
use groundwire_kit::testing::soon;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::net::TcpListener;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Status};
use tower::{Service as _, ServiceExt as _};

const CHECK: &str = "grpc.health.v1.Health/Check";
const WATCH: &str = "grpc.health.v1.Health/Watch";
const LIMIT: usize = 1_000;

struct ByName;

impl Callers for ByName {
    type Caller = ();

    fn authenticate(&self, head: &tonic::Request<()>) -> Result<(), Status> {
        let name = head.metadata().get("name");
        name.map(|_| ()).ok_or_else(|| Status::unauthenticated("no name"))
    }

    fn role(&self, (): &()) -> &'static str {
        "named"
    }

    fn record_refusal(&self, _: &'static str, _: Option<&()>, _: &'static str) {}
}

/// A server of health, whose `Check` wants a name and whose `List` has its credential in the message.
struct Served {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Served {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let methods = Methods::open()
            .with([CHECK], Access::Authenticated)
            .with([WATCH], Access::CredentialInMessage { max_message: LIMIT });
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let incoming = TcpListenerStream::new(listener).map(move |connection| {
            count.fetch_add(1, Ordering::Relaxed);
            connection
        });
        let (_, health) = health();
        let server = Server::builder()
            .layer(CallLayer::new(methods, ByName, CallMetrics::default()))
            .add_routes(reflection(true, &[]).unwrap())
            .add_service(health)
            .serve_with_incoming(incoming);
        tokio::spawn(server);
        Self { address, connections }
    }

    async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }
}

fn message(length: usize) -> Bytes {
    let mut bytes = vec![0];
    bytes.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
    bytes.resize(bytes.len() + length, 0);
    Bytes::from(bytes)
}

/// The code in the headers of the answer to a call with this body.
async fn call(mut channel: Channel, path: &str, pieces: Vec<Bytes>) -> Code {
    let pieces = tokio_stream::iter(pieces).map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
    let request = Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(StreamBody::new(pieces)))
        .unwrap();
    let response = channel.ready().await.unwrap().call(request).await.unwrap();
    Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_do_not_break_a_connection_that_others_share() {
    let served = Served::start().await;
    let channel = served.channel().await;
    for _ in 0..20 {
        let calls = (0..100).map(|_| {
            let channel = channel.clone();
            let path = format!("/{CHECK}");
            tokio::spawn(async move { call(channel, &path, vec![message(15_000); 8]).await })
        });
        for refused in soon("answers", async {
            let mut codes = Vec::new();
            for call in calls.collect::<Vec<_>>() {
                codes.push(call.await.unwrap());
            }
            codes
        })
        .await
        {
            assert_eq!(refused, Code::Unauthenticated);
        }
    }
    assert_eq!(served.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_stranger_cannot_send_messages_without_end_where_one_is_expected() {
    let served = Served::start().await;
    let channel = served.channel().await;
    for (message, count, code) in [(message(0), 1, Code::Ok), (message(0), 1_000, Code::OutOfRange)] {
        let path = format!("/{WATCH}");
        let answered = call(channel.clone(), &path, vec![message; count]);
        assert_eq!(soon("an answer", answered).await, code);
    }
}

#[tokio::test]
async fn a_path_that_is_almost_that_of_a_method_leads_nowhere() {
    let served = Served::start().await;
    let channel = served.channel().await;
    for (path, code) in [
        (format!("/{CHECK}?name=ann"), Code::Unauthenticated),
        (format!("/{CHECK}/"), Code::Unimplemented),
        (format!("//{CHECK}"), Code::Unimplemented),
        (format!("/{CHECK}/..."), Code::Unimplemented),
        (format!("/./{CHECK}"), Code::Unimplemented),
        (
            format!("/{}", CHECK.replace("Check", "check")),
            Code::Unimplemented,
        ),
        (
            format!("/{}", CHECK.replace("Check", "%43heck")),
            Code::Unimplemented,
        ),
        (format!("/{}", CHECK.replace('/', "%2F")), Code::Unimplemented),
        (format!("/{}", CHECK.replace('/', "//")), Code::Unimplemented),
        (format!("/{}", CHECK.to_lowercase()), Code::Unimplemented),
    ] {
        let answered = call(channel.clone(), &path, vec![message(0)]);
        assert_eq!(soon("an answer", answered).await, code, "{path}");
    }
}
