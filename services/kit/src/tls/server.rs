//! The accepting side: a stream of connections whose handshake is done, for
//! `tonic::transport::Server::serve_with_incoming_shutdown`.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::client_trust::{ClientTrust, OptionalClientVerifier};
use super::{ALPN_H2, TlsError, TlsVersions, key_exchange, provider};

/// How long a listener rests after the kernel refused it a socket (no descriptors left, say).
const PAUSE_AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(50);

/// The certificate that a server shows; can be replaced while it runs, for connections to come.
#[derive(Debug, Clone)]
pub struct ServerIdentity(Arc<CurrentKey>);

#[derive(Debug)]
struct CurrentKey(RwLock<Arc<CertifiedKey>>);

impl ServerIdentity {
    /// From a chain (PEM; own certificate first; with its CA where clients pin that by fingerprint) and its key (PEM).
    ///
    /// # Errors
    /// [`TlsError`] if they don't parse or don't belong together.
    pub fn from_pem(chain: &str, key: &SecretString) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(CurrentKey(RwLock::new(certified_key(
            chain, key,
        )?)))))
    }

    /// Puts another certificate in its place.
    ///
    /// # Errors
    /// [`TlsError`]; the old one stays then.
    pub fn replace(&self, chain: &str, key: &SecretString) -> Result<(), TlsError> {
        let key = certified_key(chain, key)?;
        *self.0.0.write() = key;
        Ok(())
    }
}

impl ResolvesServerCert for CurrentKey {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read()))
    }
}

/// A server for callers: TLS 1.2 and 1.3, no client certificates.
///
/// # Errors
/// [`TlsError`] if the certificate or the key does not serve.
pub fn api_server(identity: &ServerIdentity) -> Result<Arc<ServerConfig>, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(TlsVersions::From12.list())?
        .with_no_client_auth();
    Ok(finish(builder.with_cert_resolver(identity.0.clone())))
}

/// A server for connectors: TLS 1.3 only; a client certificate is optional to the handshake (a connector that enrols
/// has none yet), and if one is shown it must be trusted, or the handshake fails.
///
/// # Errors
/// [`TlsError`] if the certificate or the key does not serve.
pub fn gateway_server(
    identity: &ServerIdentity,
    trust: Arc<dyn ClientTrust>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(TlsVersions::Only13.list())?
        .with_client_cert_verifier(Arc::new(OptionalClientVerifier::new(trust)));
    Ok(finish(builder.with_cert_resolver(identity.0.clone())))
}

fn finish(mut config: ServerConfig) -> Arc<ServerConfig> {
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    // A resumed session would keep a certificate alive that was revoked meanwhile.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Arc::new(config)
}

fn certified_key(chain: &str, key: &SecretString) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = certificates_from_pem(chain)?;
    let key = private_key_from_pem(key)?;
    Ok(Arc::new(CertifiedKey::from_der(chain, key, &provider())?))
}

pub(super) fn certificates_from_pem(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) | Err(_) => Err(TlsError::NoCertificate),
    }
}

pub(super) fn private_key_from_pem(pem: &SecretString) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|_| TlsError::UnusableKey)
}

/// Bounds on handshakes.
#[derive(Debug, Clone, Copy)]
pub struct HandshakeLimits {
    /// How long one may take.
    pub deadline: Duration,
    /// How many may be under way; further ones wait in the kernel's queue.
    pub under_way: usize,
}

impl Default for HandshakeLimits {
    /// 10 s, and 512 under way: somebody who opens connections and says nothing holds one place for 10 s.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            under_way: 512,
        }
    }
}

/// Accepts connections and does their handshakes, concurrently. What fails is dropped and logged; the stream itself
/// never yields an error. Dropping the stream closes the listener. Must be called within a runtime.
pub fn incoming(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    limits: HandshakeLimits,
) -> ReceiverStream<io::Result<TlsConnection>> {
    let (ready, stream) = mpsc::channel(16);
    tokio::spawn(accept(listener, TlsAcceptor::from(config), limits, ready));
    ReceiverStream::new(stream)
}

type Ready = mpsc::Sender<io::Result<TlsConnection>>;

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, limits: HandshakeLimits, ready: Ready) {
    let places = Arc::new(Semaphore::new(limits.under_way));
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = ready.closed() => return,
        };
        // The semaphore is never closed.
        let Ok(place) = place else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ready.closed() => return,
        };
        match accepted {
            Ok((socket, peer)) => {
                let handshake = handshake(
                    socket,
                    peer,
                    acceptor.clone(),
                    limits.deadline,
                    place,
                    ready.clone(),
                );
                tokio::spawn(handshake);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(PAUSE_AFTER_ACCEPT_ERROR).await;
            }
        }
    }
}

async fn handshake(
    socket: TcpStream,
    peer: SocketAddr,
    acceptor: TlsAcceptor,
    deadline: Duration,
    place: OwnedSemaphorePermit,
    ready: Ready,
) {
    // Small frames must not wait for the acknowledgement of the ones before.
    let _ = socket.set_nodelay(true);
    let done = tokio::select! {
        done = tokio::time::timeout(deadline, acceptor.accept(socket)) => done,
        () = ready.closed() => return,
    };
    drop(place);
    match done {
        Ok(Ok(stream)) => {
            let connection = stream.get_ref().1;
            let certificates = connection.peer_certificates().unwrap_or_default();
            let certificates = certificates
                .iter()
                .map(|certificate| certificate.clone().into_owned())
                .collect();
            let info = PeerInfo {
                address: peer,
                certificates,
                key_exchange: key_exchange(connection),
            };
            // The receiver may have gone: then the connection goes, too.
            let _ = ready.send(Ok(TlsConnection { stream, info })).await;
        }
        // rustls reports what the peer did wrong as invalid data; anything else is a probe that hung up.
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
            tracing::info!(%peer, %error, "TLS handshake refused");
        }
        Ok(Err(error)) => tracing::debug!(%peer, %error, "connection ended before its TLS handshake"),
        Err(_elapsed) => tracing::info!(%peer, "TLS handshake was not done in time"),
    }
}

/// Who is at the other end. tonic puts it into the extensions of every request.
#[derive(Debug, Clone)]
pub struct PeerInfo {
    /// Address of the peer, or of the proxy before it.
    pub address: SocketAddr,
    /// The client's certificates, verified, its own first; empty if it showed none.
    pub certificates: Arc<[CertificateDer<'static>]>,
    /// The group in which the keys were exchanged ([`super::key_exchange`]).
    pub key_exchange: &'static str,
}

impl PeerInfo {
    /// The client's own certificate, if it showed one.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.certificates.first()
    }
}

/// A connection with its handshake done.
#[derive(Debug)]
pub struct TlsConnection {
    stream: tokio_rustls::server::TlsStream<TcpStream>,
    info: PeerInfo,
}

impl Connected for TlsConnection {
    type ConnectInfo = PeerInfo;

    fn connect_info(&self) -> PeerInfo {
        self.info.clone()
    }
}

impl AsyncRead for TlsConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for TlsConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
