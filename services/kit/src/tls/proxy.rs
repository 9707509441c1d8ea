//! A tunnel through an HTTP proxy (RFC 9110, section 9.3.6, `CONNECT`), by hyper-util. The caller sets the deadline.

use std::error::Error;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::uri::Authority;
use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tower::Service as _;
use zeroize::Zeroizing;

/// A proxy to go through.
#[derive(Clone)]
pub struct HttpProxy {
    /// Host name or address, without brackets.
    pub host: String,
    /// The TCP port of the proxy.
    pub port: u16,
    /// `user:password` for basic authentication (RFC 7617), if it wants any; from a secret file.
    pub credentials: Option<SecretString>,
}

impl fmt::Debug for HttpProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpProxy({}:{})", self.host, self.port)
    }
}

/// Why there is no tunnel. Holds no credential.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// It was not reached, it refused (407 wants credentials, 403 forbids the target, 502 to 504 could not reach it), or what
    /// it said is not HTTP.
    #[error("the proxy {proxy} opened no tunnel")]
    NoTunnel {
        /// Where the proxy is.
        proxy: String,
        /// What hyper-util says of it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The target can't be written into a request.
    #[error("the target host is not usable")]
    Target,
    /// The credentials have no colon between user name and password, or a control character (RFC 7617, section 2).
    #[error("the proxy's credentials are not one line of the form user:password")]
    Credentials,
}

impl HttpProxy {
    /// Connects to the proxy and asks it for a tunnel. The stream then belongs to the target.
    pub(super) async fn tunnel(&self, host: &str, port: u16) -> Result<TcpStream, ProxyError> {
        let target = target(host, port)?;
        let (proxy, proxy_port) = (self.host.clone(), self.port);
        let dial = tower::service_fn(move |_: Uri| {
            let proxy = proxy.clone();
            async move {
                let stream = TcpStream::connect((proxy.as_str(), proxy_port)).await?;
                stream.set_nodelay(true)?;
                Ok::<_, std::io::Error>(TokioIo::new(stream))
            }
        });
        // Where the proxy is, `dial` knows.
        let mut tunnel = Tunnel::new(Uri::default(), dial);
        if let Some(credentials) = &self.credentials {
            tunnel = tunnel.with_auth(basic(credentials)?);
        }
        match tunnel.call(target).await {
            Ok(stream) => Ok(stream.into_inner()),
            Err(error) => Err(ProxyError::NoTunnel {
                proxy: format!("{}:{}", self.host, self.port),
                source: Box::new(error),
            }),
        }
    }
}

/// The target as it stands in the request. Nothing in it can end the line and begin another header.
fn target(host: &str, port: u16) -> Result<Uri, ProxyError> {
    let authority = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let authority: Authority = authority.parse().map_err(|_| ProxyError::Target)?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(ProxyError::Target);
    }
    Uri::builder()
        .authority(authority)
        .build()
        .map_err(|_| ProxyError::Target)
}

fn basic(credentials: &SecretString) -> Result<HeaderValue, ProxyError> {
    let text = credentials.expose_secret();
    if !text.contains(':') || text.contains(char::is_control) {
        return Err(ProxyError::Credentials);
    }
    let encoded = Zeroizing::new(STANDARD.encode(text));
    let value = Zeroizing::new(format!("Basic {}", *encoded));
    let mut value = HeaderValue::from_str(&value).map_err(|_| ProxyError::Credentials)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_cannot_smuggle_a_header() {
        for host in ["", "a\r\nX: y", "a b", "hôte", "user@a"] {
            assert!(matches!(target(host, 443), Err(ProxyError::Target)), "{host}");
        }
        assert_eq!(target("::1", 443).unwrap().to_string(), "[::1]:443");
        assert_eq!(
            target("gateway.example", 443).unwrap().to_string(),
            "gateway.example:443"
        );
    }

    #[test]
    fn credentials_of_more_than_one_line_are_refused_and_not_sent() {
        for file in [
            "user\r\npass:word",
            "user:password\n",
            "user:pass\r\nX: y",
            "user:\0",
        ] {
            let refused = basic(&file.into());
            assert!(matches!(refused, Err(ProxyError::Credentials)), "{file:?}");
        }
        assert!(basic(&"user:pässword: \"x".into()).is_ok());
    }

    #[test]
    fn credentials_are_never_shown() {
        let proxy = HttpProxy {
            host: "proxy".to_owned(),
            port: 3128,
            credentials: Some("user:s3cret".into()),
        };
        let header = basic(&"user:s3cret".into()).unwrap();
        assert_eq!(header.as_bytes(), b"Basic dXNlcjpzM2NyZXQ=");
        assert_eq!(format!("{proxy:?} {header:?}"), "HttpProxy(proxy:3128) Sensitive");
        let malformed = basic(&"s3cret".into()).unwrap_err();
        assert!(!format!("{malformed} {malformed:?}").contains("s3cret"));
    }
}
