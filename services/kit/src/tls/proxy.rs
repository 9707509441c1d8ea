//! A tunnel through an HTTP proxy (RFC 9110, section 9.3.6, `CONNECT`). The caller sets the deadline.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

/// No proxy's answer has a longer head; one that goes on is not a proxy.
const MAX_HEAD_BYTES: usize = 8 * 1024;

/// A proxy to go through.
#[derive(Clone)]
pub struct HttpProxy {
    /// Host name or address.
    pub host: String,
    /// The TCP port of the proxy.
    pub port: u16,
    /// `user:password` for basic authentication (RFC 7617), if it wants any; from a secret file.
    pub credentials: Option<SecretString>,
}

impl std::fmt::Debug for HttpProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpProxy({}:{})", self.host, self.port)
    }
}

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The connection to it broke.
    #[error("the proxy connection failed: {0}")]
    Io(#[from] io::Error),
    /// It said no: 407 wants credentials, 403 forbids the target, 502 to 504 could not reach it.
    #[error("the proxy refused with status {0}")]
    Refused(u16),
    /// What it said is not HTTP, or has no end.
    #[error("the proxy's answer is not HTTP")]
    Malformed,
    /// The target can't be written into a request.
    #[error("the target host is not usable")]
    Target,
}

impl HttpProxy {
    /// Asks the proxy at the other end of `stream` for a tunnel. Afterwards the stream belongs to the target.
    pub(super) async fn tunnel(
        &self,
        stream: &mut TcpStream,
        host: &str,
        port: u16,
    ) -> Result<(), ProxyError> {
        stream.write_all(self.request(host, port)?.as_bytes()).await?;
        let head = read_head(stream).await?;
        match status(&head)? {
            200..=299 => Ok(()),
            status => Err(ProxyError::Refused(status)),
        }
    }

    fn request(&self, host: &str, port: u16) -> Result<Zeroizing<String>, ProxyError> {
        // Nothing that could end the line and begin another header.
        if host.is_empty()
            || host
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || !c.is_ascii())
        {
            return Err(ProxyError::Target);
        }
        let is_bare_v6 = host.contains(':') && !host.starts_with('[');
        let target = if is_bare_v6 {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        let mut request = Zeroizing::new(String::with_capacity(2 * MAX_HEAD_BYTES));
        request.push_str(&format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
        if let Some(credentials) = &self.credentials {
            let encoded = Zeroizing::new(STANDARD.encode(credentials.expose_secret()));
            request.push_str("Proxy-Authorization: Basic ");
            request.push_str(&encoded);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        Ok(request)
    }
}

/// Reads up to the empty line and not one byte more: what follows belongs to the tunnel.
async fn read_head(stream: &mut TcpStream) -> Result<Vec<u8>, ProxyError> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD_BYTES {
            return Err(ProxyError::Malformed);
        }
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}

pub(crate) fn status(head: &[u8]) -> Result<u16, ProxyError> {
    let rest = head.strip_prefix(b"HTTP/1.").ok_or(ProxyError::Malformed)?;
    let (minor, rest) = rest.split_first().ok_or(ProxyError::Malformed)?;
    let (separator, rest) = rest.split_first().ok_or(ProxyError::Malformed)?;
    let (digits, rest) = rest.split_first_chunk::<3>().ok_or(ProxyError::Malformed)?;
    let ends = matches!(rest.first(), Some(b' ' | b'\r'));
    if !minor.is_ascii_digit() || *separator != b' ' || !ends {
        return Err(ProxyError::Malformed);
    }
    let text = std::str::from_utf8(digits).map_err(|_| ProxyError::Malformed)?;
    let status = text.parse().map_err(|_| ProxyError::Malformed)?;
    if (100..600).contains(&status) {
        Ok(status)
    } else {
        Err(ProxyError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proxy(credentials: Option<&str>) -> HttpProxy {
        HttpProxy {
            host: "proxy".to_owned(),
            port: 3128,
            credentials: credentials.map(SecretString::from),
        }
    }

    #[test]
    fn the_request_names_the_target_and_the_credentials() {
        let request = proxy(Some("user:pass")).request("gateway.example", 443).unwrap();
        assert_eq!(
            request.as_str(),
            "CONNECT gateway.example:443 HTTP/1.1\r\nHost: gateway.example:443\r\n\
             Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
        );
        assert!(
            proxy(None)
                .request("::1", 443)
                .unwrap()
                .starts_with("CONNECT [::1]:443 ")
        );
    }

    #[test]
    fn a_host_cannot_smuggle_a_header() {
        for host in ["", "a\r\nX: y", "a b", "hôte"] {
            assert!(matches!(proxy(None).request(host, 443), Err(ProxyError::Target)));
        }
    }

    #[test]
    fn debug_output_has_no_credentials() {
        assert_eq!(format!("{:?}", proxy(Some("user:pass"))), "HttpProxy(proxy:3128)");
    }

    #[test]
    fn status_lines_are_read() {
        assert_eq!(
            status(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap(),
            200
        );
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n").unwrap(), 407);
        for bad in [
            "HTTP/2 200 \r\n",
            "HTTP/1.1 2000\r\n",
            "HTTP/1.1 999 \r\n",
            "SSH-2.0\r\n",
            "HTTP/1.1 +20 \r\n",
        ] {
            assert!(
                matches!(status(bad.as_bytes()), Err(ProxyError::Malformed)),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), near in "HTTP/1.[ -~]{0,8}") {
            let _ = status(&bytes);
            let _ = status(near.as_bytes());
        }
    }
}
