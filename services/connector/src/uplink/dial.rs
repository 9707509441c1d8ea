//! Reaches the gateway: one host, through a proxy where there is one, TLS 1.3, nobody else trusted.

use std::time::Duration;

use groundwire_kit::config::{SecretFile, SecretFileError};
use groundwire_kit::tls::{
    ClientIdentity, Connector, ConnectorOptions, HttpProxy, OneConnection, ServerTrust, TlsError,
    key_exchange,
};
use groundwire_proto::gateway::v1::connector_gateway_service_client::ConnectorGatewayServiceClient;
use http::Uri;
use tonic::transport::{Channel, Endpoint};

use crate::config::DirectoryConfig;

/// PINGs notice a dead path; heartbeats notice a dead peer.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The client of the gateway.
pub type GatewayClient = ConnectorGatewayServiceClient<Channel>;

/// Why the gateway cannot be dialled. The text holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// `directory.gateway_url` or `directory.proxy_url`. What it is may hold a password and is not repeated.
    #[error("`{0}` is not a URL of the form scheme://host[:port]")]
    Url(&'static str),
    /// The file of `directory.proxy_credential_file`.
    #[error(transparent)]
    ProxyCredential(#[from] SecretFileError),
    /// Certificates or keys.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Not reached: name, proxy, TCP, TLS.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(String),
}

/// A connection to the gateway.
pub struct GatewayConnection {
    /// The client that calls over it.
    pub client: GatewayClient,
    /// The group in which its keys were exchanged.
    pub key_exchange: &'static str,
}

/// Dials anew each time: a new stream may then come to another replica of the gateway.
#[derive(Clone)]
pub struct Dialer {
    endpoint: Endpoint,
    connector: Connector,
    host: String,
    port: u16,
}

impl Dialer {
    /// Prepares to dial. `identity` is what is shown; enrolment has none yet.
    ///
    /// # Errors
    /// [`DialError::Url`], [`DialError::ProxyCredential`] or [`DialError::Tls`].
    pub fn new(
        config: &DirectoryConfig,
        trust: ServerTrust,
        identity: Option<ClientIdentity>,
    ) -> Result<Self, DialError> {
        let (host, port) = host_and_port("directory.gateway_url", &config.gateway_url, "https", 443)?;
        let options = ConnectorOptions {
            identity,
            proxy: proxy(config)?,
            connect_deadline: config.connect_timeout,
            handshake_deadline: config.connect_timeout,
            ..ConnectorOptions::new(trust)
        };
        // kit's connector does the TLS; tonic must not add its own.
        let bracketed = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let endpoint = Endpoint::from_shared(format!("http://{bracketed}:{port}"))
            .map_err(|_| DialError::Url("directory.gateway_url"))?
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        Ok(Self {
            endpoint,
            connector: Connector::new(options)?,
            host,
            port,
        })
    }

    /// A new connection. It carries one stream, and is closed with it.
    ///
    /// # Errors
    /// [`DialError::Unreachable`], within the connector's deadlines.
    pub async fn dial(&self) -> Result<GatewayConnection, DialError> {
        let stream = self
            .connector
            .connect(&self.host, self.port)
            .await
            .map_err(|error| DialError::Unreachable(causes(&error)))?;
        let key_exchange = key_exchange(stream.get_ref().1);
        let channel = self
            .endpoint
            .connect_with_connector(OneConnection::new(stream))
            .await
            .map_err(|error| DialError::Unreachable(causes(&error)))?;
        Ok(GatewayConnection {
            client: ConnectorGatewayServiceClient::new(channel),
            key_exchange,
        })
    }

    /// Name, TCP, proxy and TLS only: what `doctor` asks.
    pub async fn probe(&self) -> Result<(), DialError> {
        self.connector
            .connect(&self.host, self.port)
            .await
            .map(drop)
            .map_err(|error| DialError::Unreachable(causes(&error)))
    }
}

fn proxy(config: &DirectoryConfig) -> Result<Option<HttpProxy>, DialError> {
    let Some(url) = config.proxy() else {
        return Ok(None);
    };
    let (host, port) = host_and_port("directory.proxy_url", url, "http", 3128)?;
    let credentials = config
        .proxy_credential_file
        .as_ref()
        .map(SecretFile::read)
        .transpose()?;
    Ok(Some(HttpProxy {
        host,
        port,
        credentials,
    }))
}

/// `scheme://host[:port][/]`; brackets around an IPv6 address are left out of the host.
fn host_and_port(
    key: &'static str,
    url: &str,
    scheme: &str,
    default_port: u16,
) -> Result<(String, u16), DialError> {
    let malformed = || DialError::Url(key);
    let uri: Uri = url.parse().map_err(|_| malformed())?;
    let has_path = !matches!(uri.path(), "" | "/");
    if uri.scheme_str() != Some(scheme) || has_path || uri.query().is_some() || url.contains('@') {
        return Err(malformed());
    }
    let host = uri.host().ok_or_else(malformed)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok((host, uri.port_u16().unwrap_or(default_port)))
}

/// tonic says "transport error"; the cause is in the chain.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, BufReader};

    use super::*;

    fn trust() -> ServerTrust {
        let certified = rcgen::generate_simple_self_signed(vec!["gateway.invalid".to_owned()]).unwrap();
        ServerTrust::RootsPem(certified.cert.pem())
    }

    #[tokio::test]
    async fn a_configured_proxy_is_the_only_one_that_is_dialled_and_gets_its_credential() {
        let proxy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let credential = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(credential.path(), "user:s3cret\n").unwrap();
        let mut config = crate::config::load(None).unwrap().config.directory;
        config.gateway_url = "https://gateway.invalid:8443".to_owned();
        config.proxy_url = format!("http://{}", proxy.local_addr().unwrap());
        config.proxy_credential_file = Some(SecretFile::new(credential.path()));
        let dialer = Dialer::new(&config, trust(), None).unwrap();
        let request = async {
            let (stream, _) = proxy.accept().await.unwrap();
            let mut lines = BufReader::new(stream).lines();
            let mut head = Vec::new();
            while let Some(line) = lines.next_line().await.unwrap().filter(|line| !line.is_empty()) {
                head.push(line);
            }
            head
        };
        let request = tokio::time::timeout(Duration::from_secs(5), request);
        let (refused, request) = tokio::join!(dialer.probe(), request);
        assert_eq!(
            request.expect("the proxy is dialled"),
            [
                "CONNECT gateway.invalid:8443 HTTP/1.1",
                "Host: gateway.invalid:8443",
                "Proxy-Authorization: Basic dXNlcjpzM2NyZXQ=",
            ]
        );
        assert!(refused.is_err(), "the proxy hung up");
    }

    #[test]
    fn a_proxy_url_with_a_password_is_refused_and_not_repeated() {
        let mut config = crate::config::load(None).unwrap().config.directory;
        config.gateway_url = "https://gateway.invalid".to_owned();
        config.proxy_url = "http://user:s3cret@proxy:3128".to_owned();
        let Err(refused) = Dialer::new(&config, trust(), None) else {
            panic!("it was taken")
        };
        assert_eq!(
            refused.to_string(),
            "`directory.proxy_url` is not a URL of the form scheme://host[:port]"
        );
    }

    #[test]
    fn only_a_host_of_the_right_scheme_is_taken() {
        let good = |url| host_and_port("key", url, "https", 443).unwrap();
        assert_eq!(
            good("https://gateway.example"),
            ("gateway.example".to_owned(), 443)
        );
        assert_eq!(good("https://[::1]:8444/"), ("::1".to_owned(), 8444));
        for bad in [
            "http://gateway.example",
            "gateway.example",
            "https://",
            "https://g/x",
            "https://g?x",
            "https://user:s3cret@g",
        ] {
            assert!(host_and_port("key", bad, "https", 443).is_err(), "{bad}");
        }
    }
}
