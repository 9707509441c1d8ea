//! Where a server listens: an address or a name, and a port.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use tokio::net::TcpListener;

/// A name that only one network knows is looked up; a resolver that does not answer must not hold up the start.
const LOOK_UP_DEADLINE: Duration = Duration::from_secs(5);

/// `host:port` of a server's socket. The host may be a name: then the server listens on the name's first address, and so
/// only on the network that knows the name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ListenAddress(String);

/// The text is not of the form `host:port`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must be host:port, such as \"127.0.0.1:8443\" or \"[::1]:8443\"")]
pub struct NotHostAndPort;

/// Why a server does not listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} (`{key}`): {problem}")]
pub struct BindError {
    /// What was configured.
    pub address: ListenAddress,
    /// By which key.
    pub key: &'static str,
    /// What the system answered.
    pub problem: String,
}

impl FromStr for ListenAddress {
    type Err = NotHostAndPort;

    fn from_str(text: &str) -> Result<Self, NotHostAndPort> {
        let (host, port) = text.rsplit_once(':').ok_or(NotHostAndPort)?;
        // Colons within the host belong in brackets, or the port would be a guess.
        let is_host = !host.is_empty() && (!host.contains(':') || text.parse::<SocketAddr>().is_ok());
        if is_host && port.parse::<u16>().is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotHostAndPort)
        }
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = NotHostAndPort;

    fn try_from(text: String) -> Result<Self, NotHostAndPort> {
        text.parse()
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ListenAddress {
    /// Binds a socket. `key` is where it is configured, for the error.
    ///
    /// # Errors
    /// [`BindError`] if the address cannot be resolved or bound.
    pub async fn bind(&self, key: &'static str) -> Result<TcpListener, BindError> {
        let failed = |problem: String| BindError {
            address: self.clone(),
            key,
            problem,
        };
        // The first address only: a name with several must not open more than one place.
        let mut addresses = tokio::time::timeout(LOOK_UP_DEADLINE, tokio::net::lookup_host(&self.0))
            .await
            .map_err(|_| failed("the name was not resolved in time".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        let address = addresses
            .next()
            .ok_or_else(|| failed("the name has no address".to_owned()))?;
        TcpListener::bind(address)
            .await
            .map_err(|error| failed(error.to_string()))
    }

    /// Where a program on the same machine connects to: a server that listens on every address is on loopback too.
    #[must_use]
    pub fn for_local_client(&self) -> String {
        match self.0.parse::<SocketAddr>() {
            Ok(SocketAddr::V4(address)) if address.ip().is_unspecified() => {
                format!("127.0.0.1:{}", address.port())
            }
            Ok(SocketAddr::V6(address)) if address.ip().is_unspecified() => {
                format!("[::1]:{}", address.port())
            }
            Ok(_) | Err(_) => self.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_with_a_port_is_an_address() {
        for good in [
            "127.0.0.1:0",
            "[::1]:8443",
            "connector-onprem:8444",
            "0.0.0.0:65535",
        ] {
            assert_eq!(good.parse::<ListenAddress>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "8443",
            ":8443",
            "host",
            "host:",
            "host:x",
            "host:65536",
            "::1:8443",
            "[::1]",
        ] {
            assert_eq!(bad.parse::<ListenAddress>(), Err(NotHostAndPort), "{bad}");
        }
    }

    #[test]
    fn a_server_on_every_address_is_reached_on_loopback() {
        for (listens, reached) in [
            ("0.0.0.0:9464", "127.0.0.1:9464"),
            ("[::]:9464", "[::1]:9464"),
            ("127.0.0.2:9464", "127.0.0.2:9464"),
            ("connector-onprem:9464", "connector-onprem:9464"),
        ] {
            let address: ListenAddress = listens.parse().unwrap();
            assert_eq!(address.for_local_client(), reached);
        }
    }

    #[tokio::test]
    async fn a_socket_that_is_taken_is_refused_with_its_key() {
        let address: ListenAddress = "localhost:0".parse().unwrap();
        let taken = address.bind("api.listen").await.unwrap();
        let taken: ListenAddress = taken.local_addr().unwrap().to_string().parse().unwrap();
        let error = taken.bind("api.listen").await.unwrap_err().to_string();
        assert!(
            error.contains(&taken.to_string()) && error.contains("`api.listen`"),
            "{error}"
        );
    }
}
