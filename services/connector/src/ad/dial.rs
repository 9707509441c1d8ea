//! The TCP connection: by name, with the kernel's own watch over a network that drops everything.

use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::settings::LdapsSettings;
use super::{AdError, Step};

/// Data that the other side's kernel has not acknowledged for so long ends the connection: it tells a network that drops
/// everything from a domain controller that thinks.
const UNACKNOWLEDGED: Duration = Duration::from_secs(2);
/// An idle connection is probed by the kernel after so long.
const PROBE_AFTER: Duration = Duration::from_secs(10);

/// Connects, to this address first if the name leads there.
pub(super) async fn dial(
    settings: &LdapsSettings,
    preferred: Option<SocketAddr>,
) -> Result<(std::net::TcpStream, SocketAddr), AdError> {
    let dc = &settings.url.host;
    let dialling = async {
        let found = lookup_host((dc.as_str(), settings.url.port)).await?;
        let mut addresses: Vec<SocketAddr> = found.collect();
        addresses.sort_by_key(|address| Some(*address) != preferred);
        TcpStream::connect(&*addresses).await
    };
    let stream = match timeout(settings.timeouts.connect, dialling).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unreachable(dc, &error)),
        Err(_) => {
            return Err(AdError::TimedOut {
                dc: dc.clone(),
                step: Step::Connect,
            });
        }
    };
    prepare(stream).map_err(|error| unreachable(dc, &error))
}

fn prepare(stream: TcpStream) -> std::io::Result<(std::net::TcpStream, SocketAddr)> {
    let address = stream.peer_addr()?;
    stream.set_nodelay(true)?;
    let probes = TcpKeepalive::new()
        .with_time(PROBE_AFTER)
        .with_interval(UNACKNOWLEDGED);
    let socket = SockRef::from(&stream);
    socket.set_tcp_keepalive(&probes)?;
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    Ok((stream.into_std()?, address))
}

fn unreachable(dc: &str, error: &std::io::Error) -> AdError {
    AdError::Unreachable {
        dc: dc.to_owned(),
        detail: error.to_string(),
    }
}
