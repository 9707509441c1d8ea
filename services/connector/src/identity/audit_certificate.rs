//! The audit API's certificate where the company gives none: a CA made here, whose certificate clients on premises
//! trust (`audit-ca.crt`), and a server certificate that is issued anew at every start.

use std::time::Duration;

use groundwire_kit::pki::{CertificateAuthority, PkiError, Validity};
use groundwire_kit::tls::{ServerIdentity, TlsError};
use secrecy::ExposeSecret;
use time::OffsetDateTime;

use super::folder::{IdentityError, IdentityFolder, keep_private, keep_public, read_private};

const CA_LIFETIME: Duration = Duration::from_secs(3650 * 86_400);
const SERVER_LIFETIME: Duration = Duration::from_secs(398 * 86_400);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AuditCertificateError {
    #[error(transparent)]
    Files(#[from] IdentityError),
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// What was made cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A server identity for these names, from the CA of this folder, which is made if there is none. Blocking.
pub fn self_made_certificate(
    folder: &IdentityFolder,
    names: &[String],
    now: OffsetDateTime,
) -> Result<ServerIdentity, AuditCertificateError> {
    let authority = authority(folder, now)?;
    let validity = Validity {
        now,
        lifetime: SERVER_LIFETIME,
    };
    let issued = authority.issue_server(names, validity)?;
    Ok(ServerIdentity::from_pem(&issued.chain_pem, &issued.key.to_pem())?)
}

fn authority(
    folder: &IdentityFolder,
    now: OffsetDateTime,
) -> Result<CertificateAuthority, AuditCertificateError> {
    let (certificate, key) = (
        folder.path().join("audit-ca.crt"),
        folder.path().join("audit-ca.key"),
    );
    if certificate.exists() && key.exists() {
        let pem = std::fs::read_to_string(&certificate).map_err(|_| IdentityError::Malformed {
            path: certificate.clone(),
            what: "a certificate in PEM",
        })?;
        return Ok(CertificateAuthority::from_pem(&pem, &read_private(&key)?)?);
    }
    let validity = Validity {
        now,
        lifetime: CA_LIFETIME,
    };
    let (authority, made) = CertificateAuthority::create("Groundwire audit API", validity)?;
    keep_private(&key, made.expose_secret().as_bytes())?;
    keep_public(&certificate, authority.certificate_pem().as_bytes())?;
    Ok(authority)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_ca_is_made_once_and_the_same_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let identity = IdentityFolder::new(folder.path());
        let now = datetime!(2026-11-22 12:00 UTC);
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        self_made_certificate(&identity, &names, now).unwrap();
        let first = std::fs::read(folder.path().join("audit-ca.crt")).unwrap();
        self_made_certificate(&identity, &names, now).unwrap();
        assert_eq!(std::fs::read(folder.path().join("audit-ca.crt")).unwrap(), first);
    }
}
