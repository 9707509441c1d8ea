//! The operator's endpoint: `/metrics` (OpenMetrics text), `/health/live`, `/health/ready`.
//!
//! Promises: it binds to loopback unless told otherwise, and shows no secret, no account and no tenant.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use parking_lot::RwLock;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Longest readiness report that is read, in bytes.
const LONGEST_REPORT: u64 = 64 * 1024;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The `[http]` section of a service.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address to bind to; loopback if not given.
    #[serde(default = "loopback")]
    pub address: IpAddr,
    /// Port; 0 takes any that is free.
    pub port: u16,
}

const fn loopback() -> IpAddr {
    IpAddr::V4(Ipv4Addr::LOCALHOST)
}

impl HttpConfig {
    /// Where to bind.
    #[must_use]
    pub const fn socket_address(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }
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

/// The routes.
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
    /// Nobody answers.
    #[error("nothing answers on {0}: {1}")]
    Unreachable(SocketAddr, #[source] io::Error),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    /// It answers, and says what it waits for.
    #[error("{0}")]
    Conditions(String),
}

/// Asks `/health/ready` of a service on this machine: what a container's health check runs.
///
/// # Errors
/// [`NotReady`].
pub async fn check_ready(address: SocketAddr, deadline: Duration) -> Result<(), NotReady> {
    tokio::time::timeout(deadline, ask_ready(address))
        .await
        .map_err(|_| NotReady::Deadline(deadline))?
}

async fn ask_ready(address: SocketAddr) -> Result<(), NotReady> {
    // A service that listens on every address is asked on loopback.
    let ip = if address.ip().is_unspecified() {
        loopback()
    } else {
        address.ip()
    };
    let unreachable = |error| NotReady::Unreachable(address, error);
    let mut stream = TcpStream::connect((ip, address.port()))
        .await
        .map_err(unreachable)?;
    let request = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.map_err(unreachable)?;
    let mut answer = String::new();
    stream
        .take(LONGEST_REPORT)
        .read_to_string(&mut answer)
        .await
        .map_err(unreachable)?;
    if answer.starts_with("HTTP/1.1 200") {
        return Ok(());
    }
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    Err(NotReady::Conditions(body.trim().to_owned()))
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
        let config: HttpConfig = toml::from_str("port = 0").unwrap();
        assert!(config.address.is_loopback());
        let listener = TcpListener::bind(config.socket_address()).await.unwrap();
        let address = listener.local_addr().unwrap();
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
        let told = check_ready(address, Duration::from_secs(5))
            .await
            .unwrap_err()
            .to_string();
        assert_eq!(told, "database: not yet");
        assert!(not_ready.starts_with("HTTP/1.1 503") && not_ready.contains("database: not yet"));
        database.met();
        assert!(fetch(address, "/health/ready").await.starts_with("HTTP/1.1 200"));
        check_ready(address, Duration::from_secs(5)).await.unwrap();
        database.unmet("gone");
        assert!(!readiness.is_ready());

        stop.cancel();
        server.await.unwrap().unwrap();
    }
}
