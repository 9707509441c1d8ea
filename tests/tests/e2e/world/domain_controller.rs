//! The real domain controller: proof of what is in AD, and hands to put it back.

use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Mod, Scope, SearchEntry};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::variable;

/// What an account is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) account_name: String,
    pub(crate) principal: String,
}

/// Connects anew for every question: a scenario may have restarted the DC in between.
pub(crate) struct DomainController {
    url: String,
    ca: String,
    administrator: (String, String),
}

impl DomainController {
    pub(crate) fn from_environment() -> Self {
        let file = variable("GROUNDWIRE_TEST_ADMIN_PASSWORD_FILE");
        let password = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        Self {
            url: variable("GROUNDWIRE_TEST_LDAPS_URL"),
            ca: variable("GROUNDWIRE_TEST_LDAP_CA"),
            administrator: (variable("GROUNDWIRE_TEST_ADMIN_DN"), password.trim().to_owned()),
        }
    }

    /// Whether a person can sign in with this password. A wrong one counts as a bad password.
    pub(crate) async fn binds(&self, account: &str, password: &str) -> bool {
        self.binds_as(&self.dn(account).await, password).await
    }

    /// As [`Self::binds`], by the place of the account, whatever its names are.
    pub(crate) async fn binds_as(&self, dn: &str, password: &str) -> bool {
        let mut ldap = self.connect().await;
        let answer = ldap
            .simple_bind(dn, password)
            .await
            .expect("an answer to the bind");
        let _ = ldap.unbind().await;
        answer.rc == 0
    }

    /// Puts an account back: this password, not locked, no must-change, enabled.
    pub(crate) async fn put_back(&self, account: &str, password: &str) {
        let dn = self.dn(account).await;
        let mut ldap = self.as_administrator().await;
        let quoted: Vec<u8> = format!("\"{password}\"")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let replace = |attribute: &'static str, value: Vec<u8>| {
            Mod::Replace(attribute.as_bytes().to_vec(), [value].into_iter().collect())
        };
        let changes = vec![
            replace("unicodePwd", quoted),
            replace("lockoutTime", b"0".to_vec()),
        ];
        ldap.modify(&dn, changes)
            .await
            .expect("an answer")
            .success()
            .expect("the password is put back");
        let _ = ldap.unbind().await;
    }

    /// Gives accounts other names, one after another. An empty principal is none.
    pub(crate) async fn rename(&self, changes: &[(String, Names)]) {
        const NO_SUCH_ATTRIBUTE: u32 = 16;
        let mut ldap = self.as_administrator().await;
        for (dn, names) in changes {
            for (attribute, value) in [
                ("sAMAccountName", &names.account_name),
                ("userPrincipalName", &names.principal),
            ] {
                // Samba refuses to replace a principal by none.
                let change = if value.is_empty() {
                    Mod::Delete(attribute, [].into())
                } else {
                    Mod::Replace(attribute, [value.as_str()].into())
                };
                let answer = ldap.modify(dn, vec![change]).await.expect("an answer");
                let was_none = value.is_empty() && answer.rc == NO_SUCH_ATTRIBUTE;
                assert!(was_none || answer.rc == 0, "{dn}: {answer:?}");
            }
        }
        let _ = ldap.unbind().await;
    }

    /// What these accounts have of an attribute; empty where there is none.
    pub(crate) async fn values(&self, dns: &[String], attribute: &str) -> Vec<String> {
        let mut ldap = self.as_administrator().await;
        let mut values = Vec::new();
        for dn in dns {
            let found = ldap
                .search(dn, Scope::Base, "(objectClass=*)", vec![attribute])
                .await;
            let (mut entries, _) = found.expect("an answer").success().expect("a search");
            let entry = SearchEntry::construct(entries.pop().unwrap_or_else(|| panic!("{dn} is not in AD")));
            let value = entry.attrs.get(attribute).and_then(|values| values.first());
            values.push(value.cloned().unwrap_or_default());
        }
        let _ = ldap.unbind().await;
        values
    }

    /// Locks an account as an attacker would: by wrong passwords.
    pub(crate) async fn lock(&self, account: &str) {
        for _ in 0..12 {
            if self
                .attribute(account, "msDS-User-Account-Control-Computed")
                .await
                .is_some_and(|v| has_bit(&v, 0x10))
            {
                return;
            }
            let _ = self.binds(account, "certainly wrong 1!").await;
        }
        panic!("{account} does not lock");
    }

    pub(crate) async fn is_locked(&self, account: &str) -> bool {
        let computed = self
            .attribute(account, "msDS-User-Account-Control-Computed")
            .await;
        computed.is_some_and(|value| has_bit(&value, 0x10))
    }

    pub(crate) async fn must_change(&self, account: &str) -> bool {
        self.attribute(account, "pwdLastSet").await.as_deref() == Some("0")
    }

    pub(crate) async fn attribute(&self, account: &str, name: &str) -> Option<String> {
        let entry = self.find(account, name).await;
        entry.attrs.get(name).and_then(|values| values.first().cloned())
    }

    pub(crate) async fn dn(&self, account: &str) -> String {
        self.find(account, "sAMAccountName").await.dn
    }

    async fn find(&self, account: &str, attribute: &str) -> SearchEntry {
        let mut ldap = self.as_administrator().await;
        let filter = format!("(sAMAccountName={})", ldap3::ldap_escape(account));
        let found = ldap
            .search("DC=corp,DC=example", Scope::Subtree, &filter, vec![attribute])
            .await;
        let (mut entries, _) = found.expect("an answer").success().expect("a search");
        let _ = ldap.unbind().await;
        entries.retain(|entry| !entry.is_ref());
        SearchEntry::construct(entries.pop().unwrap_or_else(|| panic!("{account} is not in AD")))
    }

    async fn as_administrator(&self) -> Ldap {
        let mut ldap = self.connect().await;
        let (dn, password) = &self.administrator;
        ldap.simple_bind(dn, password)
            .await
            .expect("an answer")
            .success()
            .expect("the administrator binds");
        ldap
    }

    async fn connect(&self) -> Ldap {
        let mut roots = rustls::RootCertStore::empty();
        let pem = std::fs::read(&self.ca).unwrap_or_else(|error| panic!("{}: {error}", self.ca));
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            roots
                .add(certificate.expect("a certificate"))
                .expect("a usable CA");
        }
        let tls = rustls::ClientConfig::builder_with_provider(groundwire_kit::tls::provider())
            .with_safe_default_protocol_versions()
            .expect("TLS versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let settings = LdapConnSettings::new()
            .set_conn_timeout(Duration::from_secs(10))
            .set_config(std::sync::Arc::new(tls));
        let (connection, ldap) = LdapConnAsync::with_settings(settings, &self.url)
            .await
            .expect("a connection to the DC");
        ldap3::drive!(connection);
        ldap
    }
}

fn has_bit(value: &str, bit: i64) -> bool {
    value.parse::<i64>().is_ok_and(|flags| flags & bit != 0)
}
