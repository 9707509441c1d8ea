//! The operator's endpoint: `/metrics` (OpenMetrics text), `/health/live`, `/health/ready`.
//!
//! Promises: it shows no secret, no account and no tenant.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::IntoResponse;
use axum::routing::get;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use parking_lot::RwLock;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::listen::ListenAddress;

/// Longest readiness report that is read, in bytes.
const LONGEST_REPORT: usize = 64 * 1024;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The `[metrics]` section of a service: the endpoint of metrics and health.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsConfig {
    /// Where it listens.
    pub listen: ListenAddress,
}

/// Whether a service is ready, condition by condition. Clones are the same readiness.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<RwLock<BTreeMap<&'static str, Option<&'static str>>>>);

/// One condition of a [`Readiness`]; not met until it is said to be.
#[derive(Debug, Clone)]
pub struct Condition {
    readiness: Readiness,
    name: &'static str,
}

impl Readiness {
    /// Ready, for want of conditions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition, not met yet.
    #[must_use]
    pub fn condition(&self, name: &'static str) -> Condition {
        self.set(name, Some("not yet"));
        Condition {
            readiness: self.clone(),
            name,
        }
    }

    /// Whether every condition is met.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.read().values().all(Option::is_none)
    }

    fn set(&self, name: &'static str, problem: Option<&'static str>) {
        self.0.write().insert(name, problem);
    }

    fn report(&self) -> String {
        let conditions = self.0.read();
        conditions
            .iter()
            .map(|(name, problem)| match problem {
                None => format!("{name}: ok\n"),
                Some(problem) => format!("{name}: {problem}\n"),
            })
            .collect()
    }
}

impl Condition {
    /// It is met.
    pub fn met(&self) {
        self.readiness.set(self.name, None);
    }

    /// It is not met, and why. The text is a constant, so that nothing slips out through it.
    pub fn unmet(&self, problem: &'static str) {
        self.readiness.set(self.name, Some(problem));
    }
}

#[derive(Clone)]
struct Served {
    registry: Arc<Registry>,
    readiness: Readiness,
}

/// Makes the routes of metrics, liveness and readiness.
pub fn router(registry: Arc<Registry>, readiness: Readiness) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(async || "ok\n"))
        .route("/health/ready", get(ready))
        .with_state(Served { registry, readiness })
}

/// Serves the routes until the token is cancelled.
///
/// # Errors
/// Any error of the listener.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> io::Result<()> {
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
}

/// Why a service on this machine does not count as ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// No connection came about, or it ended before an answer.
    #[error("{address} does not answer: {problem}")]
    Unreachable {
        /// Where the request went.
        address: String,
        /// What went wrong, in words.
        problem: String,
    },
    /// No answer in time.
    #[error("{address} did not answer within {deadline:?}")]
    Deadline {
        /// Where the request went.
        address: String,
        /// How long it was waited for.
        deadline: Duration,
    },
    /// It answers, and says what it waits for.
    #[error("not ready: {0}")]
    Conditions(String),
}

/// Asks `/health/ready` of the service on this machine that listens there: what a container's health check runs.
///
/// # Errors
/// [`NotReady`] if nobody answers in time, or the answer is that it is not ready.
pub async fn healthcheck(listen: &ListenAddress, deadline: Duration) -> Result<(), NotReady> {
    let address = listen.for_local_client();
    match tokio::time::timeout(deadline, get_readiness(&address)).await {
        Ok(Ok((StatusCode::OK, _))) => Ok(()),
        Ok(Ok((_, report))) => {
            let unmet = report.lines().filter(|line| !line.ends_with(": ok"));
            Err(NotReady::Conditions(unmet.collect::<Vec<_>>().join(", ")))
        }
        Ok(Err(problem)) => Err(NotReady::Unreachable { address, problem }),
        Err(_elapsed) => Err(NotReady::Deadline { address, deadline }),
    }
}

async fn get_readiness(address: &str) -> Result<(StatusCode, String), String> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let uri: Uri = format!("http://{address}/health/ready")
        .parse()
        .map_err(|_| "it is no address".to_owned())?;
    let response = client.get(uri).await.map_err(|error| innermost(&error))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LONGEST_REPORT);
    let report = body
        .collect()
        .await
        .map_err(|error| error.to_string())?
        .to_bytes();
    Ok((status, String::from_utf8_lossy(&report).into_owned()))
}

/// What the operating system said, below the client's "connect error".
fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

async fn metrics(State(served): State<Served>) -> impl IntoResponse {
    let mut text = String::new();
    match encode(&mut text, &served.registry) {
        Ok(()) => Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text)),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn ready(State(served): State<Served>) -> impl IntoResponse {
    let status = if served.readiness.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, served.readiness.report())
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    async fn fetch(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn the_endpoint_tells_metrics_life_and_readiness() {
        let mut registry = Registry::default();
        let writes: Counter = Counter::default();
        registry.register("writes", "How many.", writes.clone());
        writes.inc();
        let readiness = Readiness::new();
        let database = readiness.condition("database");
        readiness.condition("keys").met();
        let config: MetricsConfig = toml::from_str("listen = \"127.0.0.1:0\"").unwrap();
        let listener = config.listen.bind("metrics.listen").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listen: ListenAddress = address.to_string().parse().unwrap();
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(
            listener,
            router(Arc::new(registry), readiness.clone()),
            stop.clone(),
        ));

        let metrics = fetch(address, "/metrics").await;
        assert!(
            metrics.contains("application/openmetrics-text") && metrics.contains("writes_total 1"),
            "{metrics}"
        );
        assert!(metrics.ends_with("# EOF\n"));
        assert!(fetch(address, "/health/live").await.starts_with("HTTP/1.1 200"));
        let not_ready = fetch(address, "/health/ready").await;
        let within = Duration::from_secs(5);
        let refused = healthcheck(&listen, within).await.unwrap_err();
        assert_eq!(refused.to_string(), "not ready: database: not yet");
        assert!(not_ready.starts_with("HTTP/1.1 503") && not_ready.contains("database: not yet"));
        database.met();
        assert!(fetch(address, "/health/ready").await.starts_with("HTTP/1.1 200"));
        healthcheck(&listen, within).await.unwrap();
        database.unmet("gone");
        assert!(!readiness.is_ready());

        stop.cancel();
        server.await.unwrap().unwrap();
        let gone = healthcheck(&listen, within).await.unwrap_err().to_string();
        assert!(
            gone.starts_with(&format!("{address} does not answer: ")) && gone.contains("refused"),
            "{gone}"
        );
    }

    #[tokio::test]
    async fn a_service_that_does_not_answer_is_not_waited_for_without_end() {
        // It accepts and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen: ListenAddress = silent.local_addr().unwrap().to_string().parse().unwrap();
        let refused = healthcheck(&listen, Duration::from_millis(50)).await;
        assert!(matches!(refused, Err(NotReady::Deadline { .. })), "{refused:?}");
    }
}
