//! The layer around all services of a gRPC server.
//!
//! Promises: who calls is found out from the headers and the connection, before a byte of the body is asked for, and who is
//! not known is answered then; what is read from somebody unknown is bounded in bytes and time, and holds up no stop; every
//! call is counted, and every refusal recorded. Not promised: what becomes of a stream after it began. A span and a duration
//! end with the response headers, because a stream may stand for days.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::{Instrument as _, Span};

use super::standing_body::{end_at_stop, stopping};
use super::{Access, BodyLimits, CallMetrics, Methods, UNKNOWN_METHOD, code_name, limit_body, refusal_name};
use crate::telemetry::trace_context;

/// How long messages are read from somebody unknown: an honest caller on a bad line has this long to send a few kilobytes.
const UNKNOWN_CALLER_DEADLINE: Duration = Duration::from_secs(30);

/// Where the headers of an answer tell its code (gRPC over HTTP/2, "Status").
const STATUS_HEADER: &str = "grpc-status";

/// Who may call a server, and where refusals are recorded: what a service knows and the layer does not.
pub trait Callers: Send + Sync + 'static {
    /// Who calls. Handlers find it in the extensions of the request.
    type Caller: Clone + Send + Sync + 'static;

    /// Finds out who calls from the metadata, and from the extensions in which the server put what the handshake showed.
    ///
    /// # Errors
    /// The answer to somebody who may not call at all.
    fn authenticate(&self, head: &tonic::Request<()>) -> Result<Self::Caller, Status>;

    /// What the caller is, in one of few words, for spans.
    fn role(&self, caller: &Self::Caller) -> &'static str;

    /// Records a call that was refused; `caller` is `None` if nobody was authenticated.
    fn record_refusal(&self, method: &'static str, caller: Option<&Self::Caller>, name: &'static str);
}

/// Puts a [`CallService`] around the services of a server: `Server::builder().layer(…)`.
pub struct CallLayer<C> {
    calls: Arc<Calls<C>>,
    stop: CancellationToken,
}

struct Calls<C> {
    methods: Methods,
    callers: C,
    metrics: CallMetrics,
}

impl<C: Callers> CallLayer<C> {
    /// For a server of these methods.
    #[must_use]
    pub fn new(methods: Methods, callers: C, metrics: CallMetrics) -> Self {
        Self {
            calls: Arc::new(Calls {
                methods,
                callers,
                metrics,
            }),
            stop: CancellationToken::new(),
        }
    }

    /// Ends what anybody may call and what is still read from somebody unknown when the server stops.
    #[must_use]
    pub fn until(self, stop: CancellationToken) -> Self {
        Self { stop, ..self }
    }
}

impl<C> Clone for CallLayer<C> {
    fn clone(&self) -> Self {
        Self {
            calls: Arc::clone(&self.calls),
            stop: self.stop.clone(),
        }
    }
}

impl<S, C> Layer<S> for CallLayer<C> {
    type Service = CallService<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        CallService {
            inner,
            calls: Arc::clone(&self.calls),
            stop: self.stop.clone(),
        }
    }
}

/// Lets calls through to the services within.
pub struct CallService<S, C> {
    inner: S,
    calls: Arc<Calls<C>>,
    stop: CancellationToken,
}

impl<S, C> CallService<S, C> {
    /// The request of somebody unknown, of which no more is read than this, nor for longer.
    fn limit(&self, request: Request<Body>, limits: BodyLimits) -> Request<Body> {
        let stop = self.stop.clone();
        let end = async move {
            tokio::select! {
                () = tokio::time::sleep(UNKNOWN_CALLER_DEADLINE) => {
                    Status::deadline_exceeded("the message did not come in time")
                }
                () = stop.cancelled() => stopping(),
            }
        };
        request.map(|body| limit_body(body, limits, end))
    }
}

impl<S: Clone, C> Clone for CallService<S, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            calls: Arc::clone(&self.calls),
            stop: self.stop.clone(),
        }
    }
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S, C> Service<Request<Body>> for CallService<S, C>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Error: Send + 'static,
    S::Future: Send + 'static,
    C: Callers,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some((method, access)) = self.calls.methods.find(request.uri().path()) else {
            let call = Call::begin(&self.calls, UNKNOWN_METHOD);
            return ready(call.answer(Status::unimplemented("")));
        };
        let mut call = Call::begin(&self.calls, method);
        match access {
            Access::Open(limits) => {
                let answer = self.inner.call(self.limit(request, limits));
                let stop = self.stop.clone();
                Box::pin(async move {
                    let response = call.finish(answer.await?);
                    Ok(response.map(|body| end_at_stop(body, stop)))
                })
            }
            Access::CredentialInMessage { max_message } => {
                let request = self.limit(request, BodyLimits::of_one_message(max_message));
                let span = server_span(method, "unknown", None);
                let answer = span.in_scope(|| self.inner.call(request));
                Box::pin(async move { Ok(call.finish_recorded(answer.await?)) }.instrument(span))
            }
            Access::Authenticated => {
                let (head, mut request) = split_head(request);
                let caller = match self.calls.callers.authenticate(&head) {
                    Ok(caller) => caller,
                    Err(refused) => {
                        let response = call.refuse(refused);
                        return ready(response);
                    }
                };
                let span = server_span(method, self.calls.callers.role(&caller), Some(head.metadata()));
                join_head(head, &mut request);
                request.extensions_mut().insert(caller.clone());
                call.caller = Some(caller);
                let answer = span.in_scope(|| self.inner.call(request));
                Box::pin(async move { Ok(call.finish_recorded(answer.await?)) }.instrument(span))
            }
        }
    }
}

/// One call, counted when it is answered, or else when it is dropped.
struct Call<C: Callers> {
    calls: Arc<Calls<C>>,
    method: &'static str,
    caller: Option<C::Caller>,
    began: Instant,
    code: Code,
}

impl<C: Callers> Call<C> {
    fn begin(calls: &Arc<Calls<C>>, method: &'static str) -> Self {
        Self {
            calls: Arc::clone(calls),
            method,
            caller: None,
            began: Instant::now(),
            code: Code::Cancelled,
        }
    }

    /// Answers instead of the services within.
    fn answer(self, status: Status) -> Response<Body> {
        self.finish(status.into_http())
    }

    /// The same for who is refused.
    fn refuse(self, status: Status) -> Response<Body> {
        self.finish_recorded(status.into_http())
    }

    fn finish(mut self, response: Response<Body>) -> Response<Body> {
        self.code = code_of(&response);
        response
    }

    fn finish_recorded(self, response: Response<Body>) -> Response<Body> {
        let code = code_of(&response);
        Span::current().record("rpc.grpc.status_code", i32::from(code));
        if code != Code::Ok && code != Code::Cancelled {
            let status = response.extensions().get::<Status>();
            let name = status.map_or_else(|| code_name(code), refusal_name);
            tracing::debug!(method = self.method, name, "a call was refused");
            self.calls
                .callers
                .record_refusal(self.method, self.caller.as_ref(), name);
        }
        self.finish(response)
    }
}

impl<C: Callers> Drop for Call<C> {
    fn drop(&mut self) {
        let code = if std::thread::panicking() {
            Code::Internal
        } else {
            self.code
        };
        self.calls
            .metrics
            .observe(self.method, code, self.began.elapsed());
    }
}

/// The code of an answer as far as its headers tell: an error without a message has it there, and a message goes before the
/// code of its success.
fn code_of(response: &Response<Body>) -> Code {
    let code = response.headers().get(STATUS_HEADER);
    code.map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()))
}

/// The server's span of a call; a child of the caller's span if an authenticated caller names one.
fn server_span(method: &'static str, role: &'static str, metadata: Option<&MetadataMap>) -> Span {
    let span = tracing::info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.method = method,
        rpc.grpc.status_code = tracing::field::Empty,
        role
    );
    if let Some(parent) = metadata.and_then(trace_context::extract) {
        parent.set_as_parent_of(&span);
    }
    span
}

/// What is known before the body, apart from the rest of the request.
fn split_head(mut request: Request<Body>) -> (tonic::Request<()>, Request<Body>) {
    let metadata = MetadataMap::from_headers(std::mem::take(request.headers_mut()));
    let extensions = std::mem::take(request.extensions_mut());
    (tonic::Request::from_parts(metadata, extensions, ()), request)
}

fn join_head(head: tonic::Request<()>, request: &mut Request<Body>) {
    let (metadata, extensions, ()) = head.into_parts();
    *request.headers_mut() = metadata.into_headers();
    *request.extensions_mut() = extensions;
}

fn ready<E: Send + 'static>(response: Response<Body>) -> Answer<E> {
    Box::pin(std::future::ready(Ok(response)))
}
