//! Asks `/health/ready` of the running service, as a container's health check does.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const DEADLINE: Duration = Duration::from_secs(3);
const MAX_ANSWER: u64 = 16 * 1024;

/// Why the service does not count as ready.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// Nobody answers there.
    #[error("{listen} does not answer: {error}")]
    Unreachable {
        /// The endpoint.
        listen: String,
        /// Why.
        error: std::io::Error,
    },
    /// Not in time.
    #[error("{0} did not answer within 3 s")]
    Deadline(String),
    /// It answers that it is not ready.
    #[error("not ready: {0}")]
    NotReady(String),
}

/// Asks once.
///
/// # Errors
/// [`HealthError`] unless it is ready.
pub async fn healthcheck(listen: &str) -> Result<(), HealthError> {
    // Bound to everything, it answers on loopback.
    let target = listen
        .replacen("0.0.0.0:", "127.0.0.1:", 1)
        .replacen("[::]:", "[::1]:", 1);
    let answer = tokio::time::timeout(DEADLINE, ask(&target))
        .await
        .map_err(|_| HealthError::Deadline(target.clone()))?
        .map_err(|error| HealthError::Unreachable {
            listen: target,
            error,
        })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
    if head.starts_with("HTTP/1.1 200") {
        return Ok(());
    }
    let problems = body.lines().filter(|line| !line.ends_with(": ok"));
    Err(HealthError::NotReady(problems.collect::<Vec<_>>().join(", ")))
}

async fn ask(target: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(target).await?;
    let request = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer).await?;
    Ok(answer)
}
