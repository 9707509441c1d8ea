//! The layer around a server, over HTTP/2: what an attacker sends, and what the others on the server notice of it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use groundwire_kit::grpc::{Access, CallLayer, CallMetrics, Callers, Methods, health, reflection};
use groundwire_kit::testing::{half_sent_message, soon};
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Code, Status};
use tower::{Service as _, ServiceExt as _};

const CHECK: &str = "grpc.health.v1.Health/Check";
const REFLECT: &str = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
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

/// A server of health and reflection, whose `Check` wants a name.
struct Served {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stop: CancellationToken,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Served {
    async fn start() -> Self {
        Self::start_with(Methods::open().with([CHECK], Access::Authenticated)).await
    }

    async fn start_with(methods: Methods) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let incoming = TcpListenerStream::new(listener).map(move |connection| {
            count.fetch_add(1, Ordering::Relaxed);
            connection
        });
        let stop = CancellationToken::new();
        let (_, health) = health();
        let server = Server::builder()
            .layer(CallLayer::new(methods, ByName, CallMetrics::default()).until(stop.clone()))
            .add_routes(reflection(true, &[]).unwrap())
            .add_service(health)
            .serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned());
        Self {
            address,
            connections,
            stop,
            server: tokio::spawn(server),
        }
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

/// Calls a method with this body and waits for the headers of the answer.
async fn begin(mut channel: Channel, path: String, body: Body) -> Response<Body> {
    let request = Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(body)
        .unwrap();
    channel.ready().await.unwrap().call(request).await.unwrap()
}

/// The code in the headers of the answer to a call with these pieces of a body.
async fn call(channel: Channel, path: String, pieces: Vec<Bytes>) -> Code {
    let pieces = tokio_stream::iter(pieces).map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
    let response = begin(channel, path, Body::new(StreamBody::new(pieces))).await;
    code(response.headers())
}

fn code(headers: &HeaderMap) -> Code {
    Status::from_header_map(headers).map_or(Code::Ok, |status| status.code())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_do_not_break_a_connection_that_others_share() {
    let served = Served::start().await;
    let channel = served.channel().await;
    for _ in 0..20 {
        let calls = (0..100).map(|_| {
            let channel = channel.clone();
            let path = format!("/{CHECK}");
            tokio::spawn(async move { call(channel, path.clone(), vec![message(15_000); 8]).await })
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
    let by_message = Access::CredentialInMessage { max_message: LIMIT };
    let served = Served::start_with(Methods::open().with([WATCH], by_message)).await;
    let channel = served.channel().await;
    for (message, count, code) in [(message(0), 1, Code::Ok), (message(0), 1_000, Code::OutOfRange)] {
        let path = format!("/{WATCH}");
        let answered = call(channel.clone(), path.clone(), vec![message; count]);
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
        let answered = call(channel.clone(), path.clone(), vec![message(0)]);
        assert_eq!(soon("an answer", answered).await, code, "{path}");
    }
}

#[tokio::test]
async fn what_strangers_hold_open_ends_when_the_server_stops() {
    let served = Served::start().await;
    let channel = served.channel().await;
    let hold = |method: &str, body| begin(channel.clone(), format!("/{method}"), body);
    let watched = hold(WATCH, Body::new(Full::new(message(0)))).await;
    let mut watched = watched.into_body();
    soon("the first state", watched.frame()).await.unwrap().unwrap();
    let reflected = hold(REFLECT, half_sent_message(90)).await;
    served.stop.cancel();
    let rest = soon("the end of the watch", watched.collect()).await.unwrap();
    assert_eq!(code(rest.trailers().unwrap()), Code::Unavailable);
    soon("the end of reflection", reflected.into_body().collect())
        .await
        .unwrap();
    soon("the end of the server", served.server)
        .await
        .unwrap()
        .unwrap();
}
