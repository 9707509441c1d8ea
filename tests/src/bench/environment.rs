//! Where the system is, as `make up` left it in `.run/env`.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;

/// Addresses, CAs and credentials of the running system.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The public API, `https://…`.
    pub api_url: String,
    /// PEM of the CA that the API's certificate comes from.
    pub api_ca: PathBuf,
    /// Where the callers' tokens are.
    pub secrets: PathBuf,
    /// The domain controller, `ldaps://…`.
    pub ldaps_url: String,
    /// PEM of the CA that the domain controller's certificate comes from.
    pub ldaps_ca: PathBuf,
    /// The connector's account in AD.
    pub service: Bind,
    /// The domain's administrator, who puts accounts back.
    pub administrator: Bind,
}

/// Who binds, and the file that holds the password.
#[derive(Debug, Clone)]
pub struct Bind {
    /// Distinguished name.
    pub dn: String,
    /// The password's file.
    pub password_file: PathBuf,
}

impl Environment {
    /// Reads the variables.
    ///
    /// # Errors
    /// When one is missing: the system was not started by `make up`, or its `.run/env` was not read.
    pub fn read() -> anyhow::Result<Self> {
        Ok(Self {
            api_url: variable("GROUNDWIRE_TEST_API_URL")?,
            api_ca: variable("GROUNDWIRE_TEST_API_CA")?.into(),
            secrets: variable("GROUNDWIRE_TEST_SECRETS_DIR")?.into(),
            ldaps_url: variable("GROUNDWIRE_TEST_LDAPS_URL")?,
            ldaps_ca: variable("GROUNDWIRE_TEST_LDAP_CA")?.into(),
            service: Bind {
                dn: variable("GROUNDWIRE_TEST_SERVICE_DN")?,
                password_file: variable("GROUNDWIRE_TEST_SERVICE_PASSWORD_FILE")?.into(),
            },
            administrator: Bind {
                dn: variable("GROUNDWIRE_TEST_ADMIN_DN")?,
                password_file: variable("GROUNDWIRE_TEST_ADMIN_PASSWORD_FILE")?.into(),
            },
        })
    }

    /// The bearer token of a caller, by name.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn token(&self, caller: &str) -> anyhow::Result<String> {
        secret(&self.secrets.join(format!("{caller}_token")))
    }
}

impl Bind {
    /// The password.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn password(&self) -> anyhow::Result<String> {
        secret(&self.password_file)
    }
}

fn secret(path: &PathBuf) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.trim().to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "`make bench` says in the environment where the system is"
)]
fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: run through make bench"))
}
