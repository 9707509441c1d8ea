//! The TCP connection: by name, with the kernel's own watch over a network that drops everything.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

use super::settings::LdapsSettings;
use super::{AdError, Step};

/// Data that the other side's kernel has not acknowledged for so long ends the connection: it tells a network that drops
/// everything from a domain controller that thinks.
const UNACKNOWLEDGED: Duration = Duration::from_secs(2);
/// An idle connection is probed by the kernel after so long.
const PROBE_AFTER: Duration = Duration::from_secs(10);

/// An address that has not answered for so long is given company: the next one is dialled too.
const NEXT_AFTER: Duration = Duration::from_millis(300);

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
        connect_to_any(addresses).await
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

/// Connects to whichever of the addresses answers first, begun in this order: one that is dead keeps nobody from the others.
async fn connect_to_any(addresses: Vec<SocketAddr>) -> std::io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut dials = FuturesUnordered::new();
    let mut failure = std::io::Error::new(ErrorKind::NotFound, "the name leads to no address");
    loop {
        dials.extend(waiting.next().map(TcpStream::connect));
        let more = waiting.len() > 0;
        tokio::select! {
            dialled = dials.next() => match dialled {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => failure = error,
                None => return Err(failure),
            },
            () = sleep(NEXT_AFTER), if more => {}
        }
    }
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

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    #[tokio::test]
    async fn an_address_that_does_not_answer_keeps_nobody_from_the_next_one() {
        // A queue of one that nobody takes from: when it is full, the kernel leaves the next one without an answer.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let full = socket.listen(1).unwrap();
        let dead = full.local_addr().unwrap();
        let mut queued = Vec::new();
        while let Ok(connected) = timeout(Duration::from_millis(200), TcpStream::connect(dead)).await {
            queued.push(connected.unwrap());
            assert!(queued.len() < 10, "the queue never fills");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let alive = listener.local_addr().unwrap();
        let connected = timeout(Duration::from_secs(3), connect_to_any(vec![dead, alive])).await;
        let stream = connected.expect("within the time-out").unwrap();
        assert_eq!(stream.peer_addr().unwrap(), alive);
    }

    #[tokio::test]
    async fn addresses_that_refuse_are_passed_over_at_once_and_none_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let alive = listener.local_addr().unwrap();
        let closed = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let stream = connect_to_any(vec![closed, closed, alive]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), alive);
        assert!(connect_to_any(vec![closed]).await.is_err());
        assert!(connect_to_any(Vec::new()).await.is_err());
    }
}
