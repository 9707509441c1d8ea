//! A tunnel through a scripted CONNECT proxy. To test an answer, give [`Proxy::start`] the pieces in which it is sent.

use std::error::Error;
use std::time::{Duration, Instant};

use groundwire_kit::tls::{
    ConnectError, Connector, ConnectorOptions, HandshakeLimits, HttpProxy, ProxyError,
};
use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::tls_fixture::{Mode, PATIENCE, Server, server};

const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n";
const WANTS_CREDENTIALS: &str =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";

/// A proxy for one connection.
struct Proxy {
    port: u16,
    /// The head of the request it got.
    head: oneshot::Receiver<String>,
}

impl Proxy {
    /// Answers with what this makes of the request's head, piece by piece, and tunnels after a success.
    async fn start(answer: impl Fn(&str) -> Vec<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, head) = oneshot::channel();
        tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            client.set_nodelay(true).unwrap();
            let mut client = BufReader::new(client);
            let mut lines = String::new();
            while client.read_line(&mut lines).await.unwrap() > 2 {}
            let pieces = answer(&lines);
            let target = lines.split(' ').nth(1).unwrap().to_owned();
            let _ = sender.send(lines);
            for piece in &pieces {
                let _ = client.write_all(piece.as_bytes()).await;
                let _ = client.flush().await;
                // The client's task gets its turn between two pieces.
                tokio::task::yield_now().await;
            }
            if pieces.concat().contains(" 200 ") {
                let mut upstream = TcpStream::connect(target).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
            } else {
                // Until the client has hung up: a proxy that is silent does not.
                let _ = client.read_u8().await;
            }
        });
        Self { port, head }
    }

    async fn answering(answer: &'static str) -> Self {
        Self::start(move |_| vec![answer.to_owned()]).await
    }

    fn options(&self, server: &Server, credentials: Option<&str>) -> ConnectorOptions {
        ConnectorOptions {
            proxy: Some(HttpProxy {
                host: "127.0.0.1".to_owned(),
                port: self.port,
                credentials: credentials.map(SecretString::from),
            }),
            ..server.options()
        }
    }
}

/// Why there is no connection, with its causes.
async fn refusal(server: &Server, options: ConnectorOptions) -> (ConnectError, String) {
    let connector = Connector::new(options).unwrap();
    let (host, port) = (server.address.ip().to_string(), server.address.port());
    let connected = tokio::time::timeout(PATIENCE, connector.connect(&host, port)).await;
    let error = connected.expect("no answer in time").map(drop).unwrap_err();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    (error, text)
}

#[tokio::test]
async fn a_proxy_that_wants_credentials_gets_them_and_refuses_without() {
    let server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let strict = |head: &str| {
        let known = head.contains("\r\nProxy-Authorization: Basic dXNlcjpzM2NyZXQ=\r\n");
        vec![if known { ESTABLISHED } else { WANTS_CREDENTIALS }.to_owned()]
    };
    let proxy = Proxy::start(strict).await;
    let (_, without) = refusal(&server, proxy.options(&server, None)).await;
    assert!(
        without.contains("opened no tunnel: tunnel error: proxy authorization required"),
        "{without}"
    );

    let proxy = Proxy::start(strict).await;
    let (_, wrong) = refusal(&server, proxy.options(&server, Some("user:0ther"))).await;
    assert!(
        wrong.contains("authorization required") && !wrong.contains("0ther"),
        "{wrong}"
    );

    let proxy = Proxy::start(strict).await;
    let options = proxy.options(&server, Some("user:s3cret"));
    assert_eq!(server.greet(options).await.unwrap(), "hello");
    let head = proxy.head.await.unwrap();
    let target = format!("CONNECT {} HTTP/1.1\r\n", server.address);
    assert!(head.starts_with(&target), "{head}");
}

#[tokio::test]
async fn a_head_that_comes_in_pieces_is_read_whole() {
    let server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let proxy = Proxy::start(|_| ESTABLISHED.chars().map(String::from).collect()).await;
    let options = proxy.options(&server, None);
    assert_eq!(server.greet(options).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_proxy_that_refuses_or_talks_nonsense_is_reported_at_once() {
    let server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let endless: &'static str =
        Box::leak(format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(3_000)).into_boxed_str());
    for answer in [
        "HTTP/1.1 403 Forbidden\r\n\r\n",
        "HTTP/1.1 502 Bad Gateway\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        endless,
    ] {
        let proxy = Proxy::answering(answer).await;
        let begun = Instant::now();
        let (error, text) = refusal(&server, proxy.options(&server, None)).await;
        assert!(
            matches!(error, ConnectError::Proxy(ProxyError::NoTunnel { .. })),
            "{text}"
        );
        assert!(begun.elapsed() < Duration::from_secs(9), "before the deadline");
    }
    let proxy = Proxy::answering("").await;
    let options = proxy.options(&server, Some("no-colon"));
    let (error, _) = refusal(&server, options).await;
    assert!(matches!(error, ConnectError::Proxy(ProxyError::Credentials)));
}

#[tokio::test]
async fn a_proxy_that_is_silent_is_given_up_at_the_deadline() {
    let server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let proxy = Proxy::answering("").await;
    let options = ConnectorOptions {
        connect_deadline: Duration::from_millis(200),
        ..proxy.options(&server, None)
    };
    let begun = Instant::now();
    let (error, text) = refusal(&server, options).await;
    assert!(matches!(error, ConnectError::ConnectDeadline(_)), "{text}");
    assert!(begun.elapsed() >= Duration::from_millis(200));
}
