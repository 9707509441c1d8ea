//! TLS on both sides of every wire, by rustls with aws-lc-rs. rustls is built with no other provider of cryptography, so
//! the process-wide default is the same one, and nothing here or in a library has to install it.
//!
//! Promises: a handshake has a deadline and never holds up another one; the gateway and its connectors speak TLS 1.3
//! only; both sides prefer the key exchange that a quantum computer does not undo (X25519MLKEM768) and take X25519 and the
//! NIST curves from a peer that does not know it; a client trusts the roots it was given and no others; whoever is refused
//! learns it in the handshake.

mod client;
mod client_trust;
mod pinned;
mod proxy;
mod server;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{CommonState, SupportedProtocolVersion, version};

pub use client::{ClientIdentity, ConnectError, Connector, ConnectorOptions, OneConnection, ServerTrust};
pub use client_trust::ClientTrust;
pub use proxy::{HttpProxy, ProxyError};
pub use server::{
    HandshakeLimits, PeerInfo, ServerIdentity, TlsConnection, api_server, gateway_server, incoming,
};

/// HTTP/2, the only protocol that gRPC speaks (RFC 9113, section 3.2).
const ALPN_H2: &[u8] = b"h2";

static TLS13_ONLY: [&SupportedProtocolVersion; 1] = [&version::TLS13];
static TLS12_AND_13: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

/// Which versions of TLS are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersions {
    /// 1.3 only: between our own services.
    Only13,
    /// 1.2 and 1.3: for callers that we did not write.
    From12,
}

impl TlsVersions {
    fn list(self) -> &'static [&'static SupportedProtocolVersion] {
        match self {
            Self::Only13 => &TLS13_ONLY,
            Self::From12 => &TLS12_AND_13,
        }
    }
}

/// Certificates or keys that TLS can't be set up with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// rustls refuses them.
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
    /// No certificate, or one that does not parse.
    #[error("no usable certificate was given")]
    NoCertificate,
    /// The machine has no collection of roots.
    #[error("this machine has no trusted roots; name a CA certificate")]
    NoPlatformRoots,
    /// Not a private key in PEM.
    #[error("the private key is not usable")]
    UnusableKey,
    /// Not a host name or address.
    #[error("`{0}` is not a server name")]
    ServerName(String),
}

/// The provider of cryptography for every TLS configuration, ours and those that other code makes for its own protocol.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    // X25519MLKEM768 comes first in it by the feature `prefer-post-quantum` of rustls.
    Arc::new(aws_lc_rs::default_provider())
}

/// The group in which a connection's keys were exchanged, by its name in IANA's registry: `X25519MLKEM768`.
#[must_use]
pub fn key_exchange(connection: &CommonState) -> &'static str {
    connection
        .negotiated_key_exchange_group()
        .and_then(|group| group.name().as_str())
        .unwrap_or("unknown")
}
