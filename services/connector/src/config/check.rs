//! What the types of the configuration cannot say: which keys are required, and between what bounds.

use std::time::Duration;

use groundwire_kit::config::{Check, Checks};

use super::{AdConfig, AuditApiConfig, Config, DirectoryConfig, GuardrailsConfig, SyncConfig};
use crate::domain::{DistinguishedName, OperationKind};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const TEN_YEARS: Duration = Duration::from_secs(315_576_000);

impl Check for Config {
    fn check(&self, checks: &mut Checks<'_>) {
        self.directory.check(checks);
        let lifetimes = DAY..=TEN_YEARS;
        checks.duration_within(
            "identity.sealing_key_lifetime",
            self.identity.sealing_key_lifetime,
            &lifetimes,
        );
        checks.required("identity.folder", !self.identity.folder.as_os_str().is_empty());
        self.ad.check(checks);
        self.guardrails.check(checks);
        self.sync.check(checks);
        self.database.check(checks);
        self.audit_api.check(checks);
        self.telemetry.check(checks);
    }
}

impl DirectoryConfig {
    fn check(&self, checks: &mut Checks<'_>) {
        checks.require(
            "directory.gateway_url",
            self.gateway_url.starts_with("https://") && !self.gateway_url.contains('@'),
            "must be https://host[:port]",
        );
        checks.require(
            "directory.proxy_url",
            self.proxy().is_none_or(|url| url.starts_with("http://")),
            "must be http://host:port",
        );
        checks.require(
            "directory.proxy_url",
            !self.proxy_url.contains('@'),
            "must hold no user name and no password: write them as user:password into a file, and name that in \
             `directory.proxy_credential_file`",
        );
        checks.require(
            "directory.proxy_credential_file",
            self.proxy_credential_file.is_none() || self.proxy().is_some(),
            "goes with `directory.proxy_url`",
        );
        checks.within("directory.credits", &self.credits, &(1..=1024));
        for (key, value) in [
            ("directory.connect_timeout", self.connect_timeout),
            ("directory.attach_timeout", self.attach_timeout),
            ("directory.clock_limit", self.clock_limit),
        ] {
            checks.positive(key, value);
        }
    }
}

impl AdConfig {
    fn check(&self, checks: &mut Checks<'_>) {
        checks.require(
            "ad.url",
            self.url.starts_with("ldaps://"),
            "must be ldaps://host[:port]; anything else would show passwords",
        );
        checks.required("ad.bind_dn", !self.bind_dn.is_empty());
        checks.required("ad.password_file", self.password_file.is_some());
        checks.required("ad.ca_file", self.ca_file.is_some());
        checks.require(
            "ad.scope_include",
            !self.scope_include.is_empty(),
            "names no base: nothing would be served",
        );
        for (key, names) in [
            ("ad.scope_include", &self.scope_include),
            ("ad.scope_exclude", &self.scope_exclude),
        ] {
            for name in names {
                if let Err(error) = name.parse::<DistinguishedName>() {
                    checks.require(key, false, format!("has `{name}`: {error}"));
                }
            }
        }
        checks.required("ad.marker_attribute", !self.marker_attribute.is_empty());
        checks.within("ad.connections", &self.connections, &(1..=64));
        for (key, value) in [
            ("ad.connect_timeout", self.connect_timeout),
            ("ad.bind_timeout", self.bind_timeout),
            ("ad.search_timeout", self.search_timeout),
            ("ad.write_timeout", self.write_timeout),
            ("ad.keepalive_interval", self.keepalive_interval),
        ] {
            checks.positive(key, value);
        }
    }
}

impl GuardrailsConfig {
    fn check(&self, checks: &mut Checks<'_>) {
        for kind in &self.kinds {
            checks.require(
                "guardrails.kinds",
                kind.parse::<OperationKind>().is_ok(),
                format!("has `{kind}`, which is no kind of operation"),
            );
        }
    }
}

impl SyncConfig {
    fn check(&self, checks: &mut Checks<'_>) {
        checks.within(
            "sync.removal_max_fraction",
            &self.removal_max_fraction,
            &(0.0..=1.0),
        );
        checks.require(
            "sync.interval",
            self.interval >= MINUTE,
            "must be at least a minute",
        );
        checks.positive("sync.timeout", self.timeout);
    }
}

impl AuditApiConfig {
    fn check(&self, checks: &mut Checks<'_>) {
        if !self.enabled {
            return;
        }
        checks.require(
            "audit_api.tokens_file",
            self.tokens_file.is_some(),
            "is required, or audit_api.enabled = false",
        );
        checks.require(
            "audit_api.key_file",
            self.certificate_file.is_some() == self.key_file.is_some(),
            "goes with audit_api.certificate_file",
        );
        checks.required("audit_api.server_names", !self.server_names.is_empty());
    }
}

#[cfg(test)]
mod tests;
