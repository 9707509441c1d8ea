//! What is needed to reach one domain controller, parsed whole before anything is dialled.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::config::SecretFile;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use secrecy::SecretString;

use super::bind_tries::BindPauses;

/// `ldaps://host[:port]`, nothing else: no plain LDAP, no StartTLS, no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdapsUrl {
    /// The name that the certificate must have, and that is dialled.
    pub host: String,
    /// The port; 636 unless given.
    pub port: u16,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// Not an `ldaps://` URL of a host and perhaps a port.
    #[error("not of the form ldaps://host[:port]")]
    Url,
    /// The CA file has no certificate, or one that cannot be read.
    #[error("the CA file holds no usable certificate")]
    CaFile,
    /// The TLS library refused the settings.
    #[error("tls: {0}")]
    Tls(#[from] rustls::Error),
}

impl FromStr for LdapsUrl {
    type Err = InvalidSettings;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("ldaps://").ok_or(InvalidSettings::Url)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| InvalidSettings::Url)?),
            None => (rest, 636),
        };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        if host.is_empty() || port == 0 || !host.bytes().all(legal) {
            return Err(InvalidSettings::Url);
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

/// Time-outs of the single steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP connect, with name resolution.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    pub bind: Duration,
    pub read: Duration,
    /// A connection that was idle may stay silent for so long, then a new one is asked too.
    pub silence: Duration,
    /// A connection that answered within this is not asked again before a write is sent on it. Longer than an intent
    /// takes to be recorded.
    pub recent: Duration,
    /// A modify. After it the write is "not known": generous, because finding out costs more.
    pub write: Duration,
    /// Waiting for a free connection.
    pub queue: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            tls: Duration::from_secs(3),
            bind: Duration::from_secs(5),
            read: Duration::from_secs(5),
            silence: Duration::from_millis(500),
            recent: Duration::from_secs(1),
            write: Duration::from_secs(10),
            queue: Duration::from_secs(5),
        }
    }
}

/// The files to read anew. One that is not named is not read.
#[derive(Clone, Debug, Default)]
pub struct CredentialFiles {
    /// The service account's password.
    pub password: Option<SecretFile>,
    /// The CA's certificates (PEM).
    pub ca: Option<PathBuf>,
}

/// Everything about one domain controller. No `Debug`: it holds the service account's password. The password and `tls` are
/// what it starts with; `files`, where they are named, are read anew.
pub struct LdapsSettings {
    /// Where it is.
    pub url: LdapsUrl,
    /// TLS: own CA, name verified.
    pub tls: Arc<ClientConfig>,
    /// The service account (a DN, or `user@domain`).
    pub bind_name: String,
    pub bind_password: SecretString,
    /// Where the password and the CA are read anew.
    pub files: CredentialFiles,
    /// The attribute for the marker.
    pub marker_attribute: String,
    /// At most so many connections for operations.
    pub connections: usize,
    /// How many accounts a page of a listing has. Active Directory's own limit is 1,000 (MaxPageSize).
    pub page_size: i32,
    pub timeouts: Timeouts,
    /// How often idle connections are kept warm. Active Directory closes them after 900 s, hardened after 300 s.
    pub keep_warm: Duration,
    /// How long a refused service account is not tried again with the same password.
    pub bind_pauses: BindPauses,
}

impl LdapsSettings {
    /// Settings with the defaults for everything that has one.
    #[must_use]
    pub fn new(
        url: LdapsUrl,
        tls: Arc<ClientConfig>,
        bind_name: String,
        bind_password: SecretString,
    ) -> Self {
        Self {
            url,
            tls,
            bind_name,
            bind_password,
            files: CredentialFiles::default(),
            marker_attribute: "msDS-cloudExtensionAttribute20".to_owned(),
            connections: 4,
            page_size: 500,
            timeouts: Timeouts::default(),
            keep_warm: Duration::from_secs(60),
            bind_pauses: BindPauses::default(),
        }
    }

    /// TLS that trusts the given CA certificates (PEM) and no others, TLS 1.2 or 1.3. It prefers the same key exchange
    /// as the uplink, where the domain controller knows it.
    ///
    /// # Errors
    /// [`InvalidSettings::CaFile`] if there is no certificate in it or one cannot be read.
    pub fn tls_with_ca(pem: &[u8]) -> Result<Arc<ClientConfig>, InvalidSettings> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| InvalidSettings::CaFile)?;
            roots.add(certificate).map_err(|_| InvalidSettings::CaFile)?;
        }
        if roots.is_empty() {
            return Err(InvalidSettings::CaFile);
        }
        let config = ClientConfig::builder_with_provider(groundwire_kit::tls::provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

#[cfg(test)]
mod tests {
    use rustls::NamedGroup;

    use super::*;

    #[test]
    fn only_ldaps_urls_are_taken() {
        let url: LdapsUrl = "ldaps://dc1.corp.example".parse().unwrap();
        assert_eq!(
            url,
            LdapsUrl {
                host: "dc1.corp.example".to_owned(),
                port: 636
            }
        );
        assert_eq!("ldaps://127.0.0.1:6360/".parse::<LdapsUrl>().unwrap().port, 6360);
        for bad in [
            "ldap://dc1",
            "dc1",
            "ldaps://",
            "ldaps://dc1:0",
            "ldaps://dc1:99999",
            "ldaps://dc1/DC=x",
            "ldaps://a@dc1",
            "ldaps://dc1:636:1",
        ] {
            assert!(bad.parse::<LdapsUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_hybrid_key_exchange_is_offered_first_and_the_others_after_it() {
        let ca = rcgen::generate_simple_self_signed(vec!["dc1".to_owned()]).unwrap();
        let tls = LdapsSettings::tls_with_ca(ca.cert.pem().as_bytes()).unwrap();
        let offered: Vec<_> = tls
            .crypto_provider()
            .kx_groups
            .iter()
            .map(|group| group.name())
            .collect();
        assert_eq!(offered[..2], [NamedGroup::X25519MLKEM768, NamedGroup::X25519]);
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        for bad in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(matches!(
                LdapsSettings::tls_with_ca(bad.as_bytes()),
                Err(InvalidSettings::CaFile)
            ));
        }
    }
}
