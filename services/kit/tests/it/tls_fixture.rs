//! Servers and certificates for tests of TLS.
//!
//! To test a handshake: `server(mode, limits)` is a server with a CA of its own, which greets whoever it lets in.
//! Change `server.options()` to what the client is to be, with `client_identity(&authority, tenant)` for its
//! certificate, and look at `server.greet(options)`: the greeting, or why there is none; and at `server.peers`, who it
//! saw. A server of another shape is made from `config` and `server_of`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::pki::{CertificateAuthority, CertificateKey, Validity};
use groundwire_kit::testing::TrustedClients;
use groundwire_kit::tls::{
    ClientIdentity, Connector, ConnectorOptions, HandshakeLimits, PeerInfo, ServerIdentity, ServerTrust,
    api_server, gateway_server, incoming,
};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tonic::transport::server::Connected;

/// Longest that any wait of these tests may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn validity() -> Validity {
    Validity {
        now: SystemClock.now(),
        lifetime: Duration::from_secs(3600),
    }
}

pub(crate) fn authority(name: &str) -> CertificateAuthority {
    CertificateAuthority::create(name, validity()).unwrap().0
}

/// A server with certificates of its own, that greets each peer.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) authority: CertificateAuthority,
    pub(crate) trust: Arc<TrustedClients>,
    /// Who got through.
    pub(crate) peers: mpsc::UnboundedReceiver<PeerInfo>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Api,
    Gateway,
}

pub(crate) fn config(
    authority: &CertificateAuthority,
    trust: &Arc<TrustedClients>,
    mode: Mode,
) -> Arc<ServerConfig> {
    let issued = authority
        .issue_server(&["localhost".to_owned()], validity())
        .unwrap();
    let identity = ServerIdentity::from_pem(&issued.chain_pem, &issued.key.to_pem()).unwrap();
    match mode {
        Mode::Api => api_server(&identity).unwrap(),
        Mode::Gateway => gateway_server(&identity, Arc::<TrustedClients>::clone(trust)).unwrap(),
    }
}

pub(crate) async fn server(mode: Mode, limits: HandshakeLimits) -> Server {
    server_of(authority("server"), mode, limits).await
}

/// A server whose certificate this CA issues.
pub(crate) async fn server_of(
    authority: CertificateAuthority,
    mode: Mode,
    limits: HandshakeLimits,
) -> Server {
    let trust = Arc::new(TrustedClients::new());
    let config = config(&authority, &trust, mode);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, peers) = mpsc::unbounded_channel();
    let mut connections = incoming(listener, config, limits);
    tokio::spawn(async move {
        while let Some(Ok(mut connection)) = connections.next().await {
            let seen = seen.clone();
            tokio::spawn(async move {
                let _ = seen.send(connection.connect_info());
                let _ = connection.write_all(b"hello").await;
                let _ = connection.shutdown().await;
            });
        }
    });
    Server {
        address,
        authority,
        trust,
        peers,
    }
}

impl Server {
    pub(crate) fn options(&self) -> ConnectorOptions {
        let trust = ServerTrust::Roots(vec![self.authority.certificate().clone()]);
        ConnectorOptions {
            server_name: Some("localhost".to_owned()),
            ..ConnectorOptions::new(trust)
        }
    }

    /// Connects and reads the greeting. With TLS 1.3 a client learns only when it reads that it was refused.
    pub(crate) async fn greet(&self, options: ConnectorOptions) -> Result<String, String> {
        let connector = Connector::new(options).map_err(|error| error.to_string())?;
        let talk = async {
            let mut stream = connector
                .connect(&self.address.ip().to_string(), self.address.port())
                .await
                .map_err(|error| error.to_string())?;
            let mut greeting = String::new();
            stream
                .read_to_string(&mut greeting)
                .await
                .map_err(|error| error.to_string())?;
            Ok(greeting)
        };
        tokio::time::timeout(PATIENCE, talk)
            .await
            .expect("no answer in time")
    }
}

/// A connector's identity, signed by this CA for this tenant.
pub(crate) fn client_identity(authority: &CertificateAuthority, tenant: &str) -> ClientIdentity {
    let key = CertificateKey::generate().unwrap();
    let id = format!("spiffe://groundwire.test/tenant/{tenant}/connector/c1")
        .parse()
        .unwrap();
    let chain = authority
        .sign_request(&key.request().unwrap(), &id, validity())
        .unwrap();
    ClientIdentity {
        chain,
        key: key.to_pem(),
    }
}
