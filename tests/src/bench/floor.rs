//! The floor: one LDAPS modify over a warm connection, bound as the connector's account, with the connector's controls.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Mod, Scope, SearchEntry, StdStream};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::net::TcpStream;

use super::environment::{Bind, Environment};

const BASE: &str = "DC=corp,DC=example";
const DEADLINE: Duration = Duration::from_secs(10);
/// LDAP_SERVER_POLICY_HINTS, SEQUENCE { INTEGER 1 }: the domain controller enforces history and age on a reset too.
const POLICY_HINTS: &str = "1.2.840.113556.1.4.2239";
const ENFORCE: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x01];

/// A warm, bound connection to the domain controller.
pub struct Floor {
    ldap: Ldap,
}

impl Floor {
    /// Connects with verified TLS, without Nagle's delay (as the connector does), and binds.
    ///
    /// # Errors
    /// What the network, TLS or the domain controller says.
    pub async fn open(environment: &Environment, who: &Bind) -> anyhow::Result<Self> {
        let url = &environment.ldaps_url;
        let address = url.strip_prefix("ldaps://").context("an ldaps URL is needed")?;
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {url}"))?;
        stream.set_nodelay(true)?;
        let settings = LdapConnSettings::new()
            .set_conn_timeout(DEADLINE)
            .set_std_stream(StdStream::Tcp(stream.into_std()?))
            .set_config(Arc::new(tls(environment)?));
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, url).await?;
        tokio::spawn(connection.drive());
        let password = who.password()?;
        let bound = ldap
            .with_timeout(DEADLINE)
            .simple_bind(&who.dn, &password)
            .await?;
        bound.success().context("the bind is refused")?;
        Ok(Self { ldap })
    }

    /// How the account is addressed: by its GUID, as the connector does.
    ///
    /// # Errors
    /// Where the account is not found.
    pub async fn target(&mut self, account: &str) -> anyhow::Result<String> {
        let filter = format!("(sAMAccountName={})", ldap3::ldap_escape(account));
        let found = self.ldap.with_timeout(DEADLINE);
        let found = found.search(BASE, Scope::Subtree, &filter, ["objectGUID"]);
        let (entries, _) = found.await?.success()?;
        let entry = entries.into_iter().find(|entry| !entry.is_ref());
        let entry = SearchEntry::construct(entry.with_context(|| format!("{account} is not in AD"))?);
        let guid = entry
            .bin_attrs
            .get("objectGUID")
            .and_then(|values| values.first());
        Ok(format!(
            "<GUID={}>",
            hex::encode(guid.context("objectGUID cannot be read")?)
        ))
    }

    /// Changes a password: the old value is deleted and the new one added, in one modify.
    ///
    /// # Errors
    /// What the domain controller answers.
    pub async fn change(&mut self, target: &str, current: &str, new: &str) -> anyhow::Result<()> {
        let mods = vec![
            Mod::Delete(b"unicodePwd".to_vec(), one(quoted(current))),
            Mod::Add(b"unicodePwd".to_vec(), one(quoted(new))),
        ];
        let answer = self.ldap.with_timeout(DEADLINE).modify(target, mods).await?;
        answer.success().context("the bare change is refused")?;
        Ok(())
    }

    /// Resets a password, with policy hints.
    ///
    /// # Errors
    /// What the domain controller answers.
    pub async fn reset(&mut self, target: &str, new: &str) -> anyhow::Result<()> {
        let hints = RawControl {
            ctype: POLICY_HINTS.to_owned(),
            crit: true,
            val: Some(ENFORCE.to_vec()),
        };
        let mods = vec![Mod::Replace(b"unicodePwd".to_vec(), one(quoted(new)))];
        let ldap = self.ldap.with_timeout(DEADLINE).with_controls(hints);
        ldap.modify(target, mods)
            .await?
            .success()
            .context("the bare reset is refused")?;
        Ok(())
    }

    /// Puts an account back, as the administrator: this password, not locked.
    ///
    /// # Errors
    /// What the domain controller answers.
    pub async fn put_back(&mut self, target: &str, password: &str) -> anyhow::Result<()> {
        let mods = vec![
            Mod::Replace(b"unicodePwd".to_vec(), one(quoted(password))),
            Mod::Replace(b"lockoutTime".to_vec(), one(b"0".to_vec())),
        ];
        let answer = self.ldap.with_timeout(DEADLINE).modify(target, mods).await?;
        answer.success().context("the account cannot be put back")?;
        Ok(())
    }
}

fn tls(environment: &Environment) -> anyhow::Result<rustls::ClientConfig> {
    let path = &environment.ldaps_ca;
    let pem = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        bail!("{} holds no certificate", path.display());
    }
    Ok(
        rustls::ClientConfig::builder_with_provider(groundwire_kit::tls::provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

/// As AD takes it: in quotation marks, UTF-16LE.
fn quoted(password: &str) -> Vec<u8> {
    format!("\"{password}\"")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect()
}

fn one(value: Vec<u8>) -> HashSet<Vec<u8>> {
    HashSet::from([value])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_quoted_utf16() {
        assert_eq!(quoted("pä"), [0x22, 0, 0x70, 0, 0xE4, 0, 0x22, 0]);
    }
}
