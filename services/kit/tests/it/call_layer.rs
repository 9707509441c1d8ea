//! The layer around a server's services, over services that are functions.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use groundwire_kit::grpc::{Access, CallLayer, CallMetrics, Callers, Methods, refused_as};
use groundwire_kit::telemetry::trace_context::TraceParent;
use groundwire_kit::testing::{Spans, half_sent_message};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use parking_lot::Mutex;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{BoxError, Layer as _, ServiceExt as _, service_fn};

const GET: &str = "test.v1.Things/Get";
const JOIN: &str = "test.v1.Things/Join";
const CHECK: &str = "grpc.health.v1.Health/Check";
const LIMIT: usize = 100;

/// Callers are known by a header; what is refused is kept.
#[derive(Clone, Default)]
struct ByName(Arc<Mutex<Vec<String>>>);

#[derive(Clone)]
struct Name(String);

impl Callers for ByName {
    type Caller = Name;

    fn authenticate(&self, head: &tonic::Request<()>) -> Result<Name, Status> {
        let name = head.metadata().get("name").and_then(|name| name.to_str().ok());
        name.map(|name| Name(name.to_owned()))
            .ok_or_else(|| refused_as("NAMELESS", Status::unauthenticated("no name")))
    }

    fn role(&self, _: &Name) -> &'static str {
        "named"
    }

    fn record_refusal(&self, method: &'static str, caller: Option<&Name>, name: &'static str) {
        let caller = caller.map_or("nobody", |caller| &caller.0);
        self.0.lock().push(format!("{method} {caller} {name}"));
    }
}

#[derive(Default)]
struct Edge {
    callers: ByName,
    metrics: CallMetrics,
    stop: CancellationToken,
}

impl Edge {
    /// Sends a request through the layer to a service that reads the whole body and then answers so.
    async fn call(
        &self,
        request: Request<Body>,
        answer: impl Fn(Option<&Name>) -> Result<(), Status> + Send + Sync + 'static,
    ) -> Response<Body> {
        let answer = Arc::new(answer);
        let service = self.layer().layer(service_fn(move |request: Request<Body>| {
            let answer = Arc::clone(&answer);
            async move {
                let (parts, body) = request.into_parts();
                let read = body.collect().await.map(|_| ());
                let answered = read.and_then(|()| answer(parts.extensions.get()));
                Ok::<_, BoxError>(answered.map_or_else(Status::into_http, |()| Response::default()))
            }
        }));
        tokio::time::timeout(Duration::from_secs(60), service.oneshot(request))
            .await
            .expect("an answer")
            .unwrap()
    }

    fn layer(&self) -> CallLayer<ByName> {
        let methods = Methods::open()
            .with([GET], Access::Authenticated)
            .with([JOIN], Access::CredentialInMessage { max_message: LIMIT });
        CallLayer::new(methods, self.callers.clone(), self.metrics.clone()).until(self.stop.clone())
    }

    fn refusals(&self) -> Vec<String> {
        self.callers.0.lock().clone()
    }

    /// The calls that were counted, as `method code count`.
    fn counted(&self) -> Vec<String> {
        let mut registry = Registry::default();
        self.metrics.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        let mut counted: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("grpc_call_seconds_count{method=\""))
            .map(|line| line.replace("\",code=\"", " ").replace("\"}", ""))
            .collect();
        counted.sort();
        counted
    }
}

fn request(method: &str, body: Body) -> Request<Body> {
    Request::post(format!("/{method}")).body(body).unwrap()
}

fn from(name: &'static str, mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("name", name.parse().unwrap());
    request
}

fn status(response: &Response<Body>) -> Code {
    Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code())
}

#[tokio::test]
async fn who_is_not_known_is_answered_before_the_body_is_read() {
    let edge = Edge::default();
    let response = edge
        .call(request(GET, half_sent_message(1 << 20)), |_| Ok(()))
        .await;
    assert_eq!(status(&response), Code::Unauthenticated);
    assert_eq!(edge.refusals(), [format!("{GET} nobody NAMELESS")]);
    assert_eq!(edge.counted(), [format!("{GET} UNAUTHENTICATED 1")]);
}

#[tokio::test]
async fn a_handler_finds_the_caller_and_its_refusals_are_recorded_by_name() {
    let edge = Edge::default();
    let ann = |caller: Option<&Name>| {
        assert_eq!(caller.map(|caller| caller.0.as_str()), Some("ann"));
        Ok(())
    };
    let response = edge.call(from("ann", request(GET, Body::empty())), ann).await;
    assert_eq!(status(&response), Code::Ok);
    assert_eq!(edge.refusals(), [""; 0]);
    let refusals = [
        refused_as("NO_CONNECTOR", Status::unavailable("no connector")),
        Status::internal("a defect"),
        Status::cancelled("the stream broke off"),
    ];
    for refused in refusals {
        let answer = move |_: Option<&Name>| Err(refused.clone());
        edge.call(from("ann", request(GET, Body::empty())), answer).await;
    }
    assert_eq!(
        edge.refusals(),
        [format!("{GET} ann NO_CONNECTOR"), format!("{GET} ann INTERNAL")]
    );
    let codes = ["CANCELLED", "INTERNAL", "OK", "UNAVAILABLE"];
    assert_eq!(edge.counted(), codes.map(|code| format!("{GET} {code} 1")));
}

#[tokio::test]
async fn methods_that_are_not_served_share_one_label_and_get_nowhere() {
    let edge = Edge::default();
    for method in ["test.v1.Things/Got", "test.v1.Things/Get/", "x"] {
        let reached = |_: Option<&Name>| panic!("a service was reached");
        let response = edge
            .call(from("ann", request(method, half_sent_message(9))), reached)
            .await;
        assert_eq!(status(&response), Code::Unimplemented);
    }
    assert_eq!(edge.counted(), ["unknown UNIMPLEMENTED 3"]);
    assert_eq!(edge.refusals(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_read_from_anybody_is_bounded_in_bytes_and_time() {
    let edge = Edge::default();
    for method in [JOIN, CHECK] {
        let short = edge
            .call(request(method, half_sent_message(90)), |_| Ok(()))
            .await;
        assert_eq!(status(&short), Code::DeadlineExceeded);
        let long = edge
            .call(request(method, half_sent_message(1 << 20)), |_| Ok(()))
            .await;
        assert_eq!(status(&long), Code::OutOfRange);
    }
    // Whoever asks for health is of no interest to the records.
    assert_eq!(
        edge.refusals(),
        [
            format!("{JOIN} nobody DEADLINE_EXCEEDED"),
            format!("{JOIN} nobody OUT_OF_RANGE")
        ]
    );
}

#[tokio::test]
async fn of_many_messages_no_more_is_read_from_anybody_than_fits_one_call() {
    let edge = Edge::default();
    let message_of = |length: u32| {
        let mut bytes = vec![0];
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.resize(bytes.len() + usize::try_from(length).unwrap(), 0xff);
        Bytes::from(bytes)
    };
    for (method, length, most) in [
        (JOIN, 0, 105),
        (JOIN, 40, 105),
        (CHECK, 0, 65_536),
        (CHECK, 4_000, 65_536),
    ] {
        let message = message_of(length);
        let read = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&read);
        let bytes = message.len();
        let messages = tokio_stream::iter(std::iter::repeat_n(message, 100_000)).map(move |message| {
            counted.fetch_add(bytes, Ordering::Relaxed);
            Ok::<_, Infallible>(Frame::data(message))
        });
        let body = Body::new(StreamBody::new(messages));
        let response = edge.call(request(method, body), |_| Ok(())).await;
        assert_eq!(status(&response), Code::OutOfRange, "{method} {length}");
        let read = read.load(Ordering::Relaxed);
        assert!(read <= most + bytes, "{read} bytes of {method} were read");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_answered_is_read_for_no_longer_either() {
    let edge = Edge::default();
    let service = edge.layer().layer(service_fn(async |request: Request<Body>| {
        Ok::<_, BoxError>(Response::new(request.into_body()))
    }));
    let echo = service
        .oneshot(request(CHECK, half_sent_message(90)))
        .await
        .unwrap();
    let read = tokio::time::timeout(Duration::from_secs(60), echo.into_body().collect());
    let end = read.await.expect("an end").unwrap_err();
    assert_eq!(end.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn at_a_stop_nothing_waits_for_what_somebody_unknown_has_not_sent() {
    let edge = Edge::default();
    edge.stop.cancel();
    for method in [JOIN, CHECK] {
        let half = edge
            .call(request(method, half_sent_message(90)), |_| Ok(()))
            .await;
        assert_eq!(status(&half), Code::Unavailable);
        let whole = edge.call(request(method, Body::empty()), |_| Ok(())).await;
        assert_eq!(status(&whole), Code::Ok);
    }
}

#[tokio::test(start_paused = true)]
async fn a_known_caller_may_take_longer_and_finish_at_a_stop() {
    let edge = Edge::default();
    edge.stop.cancel();
    let slow = tokio_stream::once(tokio::time::sleep(Duration::from_secs(59)))
        .then(|pause| pause)
        .map(|()| Ok::<_, Infallible>(Frame::data(Bytes::new())));
    let body = Body::new(StreamBody::new(slow));
    let response = edge.call(from("ann", request(GET, body)), |_| Ok(())).await;
    assert_eq!(status(&response), Code::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_is_counted_as_cancelled() {
    let edge = Edge::default();
    let call = edge.call(from("ann", request(GET, half_sent_message(90))), |_| Ok(()));
    assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
    assert_eq!(edge.counted(), [format!("{GET} CANCELLED 1")]);
}

#[tokio::test]
async fn a_call_whose_handler_panics_is_counted_as_a_defect() {
    let edge = Arc::new(Edge::default());
    let caller = Arc::clone(&edge);
    let answer = |_: Option<&Name>| panic!("on purpose");
    let call = async move {
        caller
            .call(from("ann", request(GET, Body::empty())), answer)
            .await
    };
    let local = tokio::task::LocalSet::new();
    let ended = local.run_until(local.spawn_local(call)).await;
    assert!(ended.unwrap_err().is_panic());
    assert_eq!(edge.counted(), [format!("{GET} INTERNAL 1")]);
}

#[tokio::test]
async fn the_trace_of_a_caller_is_continued_only_if_it_is_known() {
    // Tracing meets the layer's span here first: a test of another thread, which does not listen, would have it left out.
    let before = request(GET, Body::empty());
    Edge::default().call(from("ann", before), |_| Ok(())).await;
    let spans = Spans::default();
    let _listening = spans.listen();
    let edge = Edge::default();
    let traced = |method, trace: &str| {
        let mut request = request(method, Body::empty());
        let parent = format!("00-{trace}-00f067aa0ba902b7-01");
        request
            .headers_mut()
            .insert("traceparent", parent.parse().unwrap());
        request
    };
    let (known, unknown) = (
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "5bf92f3577b34da6a3ce929d0e0e4736",
    );
    let within = |_: Option<&Name>| {
        assert!(TraceParent::current().is_some());
        Ok(())
    };
    // A stream may stand for days: its span ends with its headers, not with the answer that is still held here.
    let _stream = edge.call(from("ann", traced(GET, known)), within).await;
    edge.call(traced(JOIN, unknown), within).await;
    edge.call(traced(GET, unknown), within).await;
    let names: Vec<String> = spans.of_trace(known).into_iter().map(|span| span.name).collect();
    assert_eq!(names, [GET]);
    assert_eq!(spans.of_trace(unknown), []);
}
