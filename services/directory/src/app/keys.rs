//! The server's own CA and certificate, which the API and the gateway show. Made by `init-keys`; the tenants' keys are
//! made with the tenants.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use groundwire_kit::clock::Clock;
use groundwire_kit::config::{SecretFile, WorldReadable};
use groundwire_kit::pki::{CertificateAuthority, PeerCertificate, Validity, write_private, write_public};
use groundwire_kit::tls::ServerIdentity;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use secrecy::ExposeSecret as _;

use crate::config::KeysConfig;

/// Lifetime of the server's CA: ten years. Callers and connectors pin it.
const CA_LIFETIME: Duration = Duration::from_secs(3_650 * 86_400);

/// Lifetime of the server's certificate: 90 days; `init-keys` makes a new one when less than a third is left.
const CERTIFICATE_LIFETIME: Duration = Duration::from_secs(90 * 86_400);

/// Where the server's keys are.
pub struct ServerKeys {
    folder: PathBuf,
}

impl ServerKeys {
    /// In this folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes what is missing or about to expire, and says what it made. The CA stays once it is made.
    ///
    /// # Errors
    /// What the file system or the library says.
    pub fn make(&self, config: &KeysConfig, clock: &dyn Clock) -> anyhow::Result<Vec<String>> {
        let mut made = Vec::new();
        let authority = if self.file("server-ca.key").exists() {
            let key = SecretFile::new(self.file("server-ca.key")).read_private_key(WorldReadable::Refused)?;
            CertificateAuthority::from_pem(&self.ca_pem()?, &key)?
        } else {
            let validity = Validity {
                now: clock.now(),
                lifetime: CA_LIFETIME,
            };
            let (authority, key) = CertificateAuthority::create("Groundwire directory CA", validity)?;
            write_public(
                &self.file("server-ca.crt"),
                authority.certificate_pem().as_bytes(),
            )?;
            write_private(&self.file("server-ca.key"), key.expose_secret().as_bytes())?;
            made.push("the server's CA".to_owned());
            authority
        };
        if self.certificate_is_due(clock) {
            let validity = Validity {
                now: clock.now(),
                lifetime: CERTIFICATE_LIFETIME,
            };
            let issued = authority.issue_server(&config.server_names, validity)?;
            write_private(
                &self.file("server.key"),
                issued.key.to_pem().expose_secret().as_bytes(),
            )?;
            write_public(&self.file("server.crt"), issued.chain_pem.as_bytes())?;
            made.push(format!(
                "the server's certificate for {}",
                config.server_names.join(", ")
            ));
        }
        if let Some(published) = &config.publish_ca {
            write_public(published, authority.certificate_pem().as_bytes())
                .with_context(|| format!("cannot write {}", published.display()))?;
        }
        Ok(made)
    }

    /// The certificate and key to serve with.
    ///
    /// # Errors
    /// A missing file: `init-keys` was not run.
    pub fn identity(&self) -> anyhow::Result<ServerIdentity> {
        let chain = self.read("server.crt")?;
        let key = SecretFile::new(self.file("server.key")).read_private_key(WorldReadable::Refused)?;
        Ok(ServerIdentity::from_pem(&chain, &key)?)
    }

    /// The CA, which enrolment tokens pin and connectors trust.
    ///
    /// # Errors
    /// A missing or malformed file.
    pub fn ca(&self) -> anyhow::Result<CertificateDer<'static>> {
        let pem = self.ca_pem()?;
        CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| anyhow::anyhow!("server-ca.crt is not PEM"))
    }

    fn ca_pem(&self) -> anyhow::Result<String> {
        self.read("server-ca.crt")
    }

    fn read(&self, name: &str) -> anyhow::Result<String> {
        let path = self.file(name);
        std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}: run `groundwire-directory init-keys` first",
                path.display()
            )
        })
    }

    fn certificate_is_due(&self, clock: &dyn Clock) -> bool {
        let parsed = self.read("server.crt").ok().and_then(|pem| {
            let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
            PeerCertificate::parse(&der).ok()
        });
        parsed.is_none_or(|certificate| certificate.renew_at() <= clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use groundwire_kit::clock::{ManualClock, SystemClock};

    fn config(folder: &Path) -> KeysConfig {
        KeysConfig {
            folder: folder.to_owned(),
            server_names: vec!["localhost".to_owned()],
            publish_ca: Some(folder.join("published.crt")),
        }
    }

    #[test]
    fn keys_are_made_once_and_the_certificate_is_renewed_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let keys = ServerKeys::in_folder(folder.path());
        let clock = ManualClock::at(SystemClock.now());
        assert!(keys.identity().is_err());
        assert_eq!(keys.make(&config(folder.path()), &clock).unwrap().len(), 2);
        let ca = keys.ca().unwrap();
        assert!(keys.identity().is_ok());
        assert!(keys.make(&config(folder.path()), &clock).unwrap().is_empty());
        clock.advance(Duration::from_secs(75 * 86_400));
        assert_eq!(keys.make(&config(folder.path()), &clock).unwrap().len(), 1);
        assert_eq!(keys.ca().unwrap(), ca);
        assert!(folder.path().join("published.crt").exists());
    }
}
