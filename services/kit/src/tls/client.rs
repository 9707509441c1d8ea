//! The dialling side: a connector for `tonic::transport::Endpoint::connect_with_connector` and its lazy sibling.
//!
//! The endpoint's URI must have the scheme `http`, since tonic must not add TLS of its own; [`Connector`] always does.

use std::future::{Future, Ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::SecretString;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::pinned::PinnedAuthority;
use super::proxy::{HttpProxy, ProxyError};
use super::server::{certificates_from_pem, private_key_from_pem};
use super::{ALPN_H2, TlsError, TlsVersions, provider};

/// Whom a client trusts: these and nobody else; the machine's roots only where they are named.
#[derive(Debug, Clone)]
pub enum ServerTrust {
    /// CA certificates in DER.
    Roots(Vec<CertificateDer<'static>>),
    /// CA certificates in PEM.
    RootsPem(String),
    /// The CA whose certificate has this SHA-256; the server must send it in its chain. For enrolment.
    AuthorityFingerprint([u8; 32]),
    /// The machine's roots, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. For servers that are not ours.
    Platform,
}

/// The certificate and key that a client shows.
#[derive(Clone)]
pub struct ClientIdentity {
    /// Chain in PEM, own certificate first.
    pub chain: String,
    /// Key in PEM.
    pub key: SecretString,
}

/// How to connect.
#[derive(Clone)]
pub struct ConnectorOptions {
    /// Whom to trust.
    pub trust: ServerTrust,
    /// Whom to be, if anybody.
    pub identity: Option<ClientIdentity>,
    /// Which versions to speak.
    pub versions: TlsVersions,
    /// The name that the server's certificate must be for, where it is not the host that is dialled.
    pub server_name: Option<String>,
    /// A proxy to go through.
    pub proxy: Option<HttpProxy>,
    /// How long name look-up and TCP (and the proxy's tunnel) may take.
    pub connect_deadline: Duration,
    /// How long the handshake may take.
    pub handshake_deadline: Duration,
}

impl ConnectorOptions {
    /// TLS 1.3 only, no certificate, no proxy, 10 s for each step.
    #[must_use]
    pub const fn new(trust: ServerTrust) -> Self {
        Self {
            trust,
            identity: None,
            versions: TlsVersions::Only13,
            server_name: None,
            proxy: None,
            connect_deadline: Duration::from_secs(10),
            handshake_deadline: Duration::from_secs(10),
        }
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URI has no host, or the name can't be a server's.
    #[error("the target `{0}` cannot be dialled")]
    Target(String),
    /// TCP: refused, unreachable, or no such name.
    #[error("cannot connect: {0}")]
    Tcp(#[source] io::Error),
    /// Not connected in time.
    #[error("not connected within {0:?}")]
    ConnectDeadline(Duration),
    /// The proxy did not open the tunnel.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The handshake failed: the server's certificate, or ours, or the version.
    #[error("the TLS handshake failed: {0}")]
    Handshake(#[source] io::Error),
    /// The handshake was not done in time.
    #[error("the TLS handshake was not done within {0:?}")]
    HandshakeDeadline(Duration),
    /// Something between us terminates TLS and speaks no HTTP/2.
    #[error("the server does not speak HTTP/2")]
    NoHttp2,
}

/// Dials, tunnels and handshakes. Cheap to clone.
#[derive(Clone)]
pub struct Connector(Arc<Inner>);

struct Inner {
    tls: TlsConnector,
    server_name: Option<ServerName<'static>>,
    proxy: Option<HttpProxy>,
    connect_deadline: Duration,
    handshake_deadline: Duration,
}

impl Connector {
    /// Prepares everything that does not depend on the target.
    ///
    /// # Errors
    /// [`TlsError`] if roots, identity or name are not usable.
    pub fn new(options: ConnectorOptions) -> Result<Self, TlsError> {
        let server_name = options.server_name.as_deref().map(server_name).transpose()?;
        let config = client_config(&options)?;
        Ok(Self(Arc::new(Inner {
            tls: TlsConnector::from(Arc::new(config)),
            server_name,
            proxy: options.proxy,
            connect_deadline: options.connect_deadline,
            handshake_deadline: options.handshake_deadline,
        })))
    }

    /// Connects to `host`, which is a name or an address, with brackets or without.
    ///
    /// # Errors
    /// [`ConnectError`], within both deadlines together.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TlsStream<TcpStream>, ConnectError> {
        let inner = &self.0;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = match &inner.server_name {
            Some(name) => name.clone(),
            None => server_name(host).map_err(|_| ConnectError::Target(host.to_owned()))?,
        };
        let stream = tokio::time::timeout(inner.connect_deadline, inner.reach(host, port))
            .await
            .map_err(|_| ConnectError::ConnectDeadline(inner.connect_deadline))??;
        let stream = tokio::time::timeout(inner.handshake_deadline, inner.tls.connect(name, stream))
            .await
            .map_err(|_| ConnectError::HandshakeDeadline(inner.handshake_deadline))?
            .map_err(ConnectError::Handshake)?;
        if stream.get_ref().1.alpn_protocol() == Some(ALPN_H2) {
            Ok(stream)
        } else {
            Err(ConnectError::NoHttp2)
        }
    }
}

impl Inner {
    async fn reach(&self, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
        if let Some(proxy) = &self.proxy {
            return Ok(proxy.tunnel(host, port).await?);
        }
        let stream = TcpStream::connect((host, port))
            .await
            .map_err(ConnectError::Tcp)?;
        stream.set_nodelay(true).map_err(ConnectError::Tcp)?;
        Ok(stream)
    }
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let host = uri.host().ok_or_else(|| ConnectError::Target(uri.to_string()))?;
            connector
                .connect(host, uri.port_u16().unwrap_or(443))
                .await
                .map(TokioIo::new)
        })
    }
}

/// Hands a connection that stands already to `tonic::transport::Endpoint::connect_with_connector`: for a caller who wants
/// to know what the handshake agreed on. There is no second connection; who needs one dials anew.
pub struct OneConnection(Option<TlsStream<TcpStream>>);

impl OneConnection {
    /// For a connection that [`Connector::connect`] made.
    #[must_use]
    pub const fn new(stream: TlsStream<TcpStream>) -> Self {
        Self(Some(stream))
    }
}

impl tower::Service<Uri> for OneConnection {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let stream = self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into());
        std::future::ready(stream.map(TokioIo::new))
    }
}

fn server_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(name.to_owned()).map_err(|_| TlsError::ServerName(name.to_owned()))
}

fn client_config(options: &ConnectorOptions) -> Result<ClientConfig, TlsError> {
    let builder =
        ClientConfig::builder_with_provider(provider()).with_protocol_versions(options.versions.list())?;
    let builder = match &options.trust {
        ServerTrust::Roots(certificates) => builder.with_root_certificates(roots(certificates)?),
        ServerTrust::RootsPem(pem) => builder.with_root_certificates(roots(&certificates_from_pem(pem)?)?),
        ServerTrust::Platform => builder.with_root_certificates(platform_roots()?),
        ServerTrust::AuthorityFingerprint(fingerprint) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(PinnedAuthority::new(*fingerprint))),
    };
    let mut config = match &options.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder.with_client_auth_cert(
            certificates_from_pem(&identity.chain)?,
            private_key_from_pem(&identity.key)?,
        )?,
    };
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    // Each connection proves itself anew: a resumed one would not show a renewed certificate.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

fn roots(certificates: &[CertificateDer<'static>]) -> Result<RootCertStore, TlsError> {
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.clone())?;
    }
    Ok(roots)
}

/// Those that are usable: a machine's collection always has some that are not.
fn platform_roots() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::NoPlatformRoots);
    }
    Ok(roots)
}
