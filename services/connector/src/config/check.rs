//! What the types of the configuration cannot say: which keys are required, and between what bounds. All complaints
//! are told at once, by key.

use crate::domain::{DistinguishedName, OperationKind};

use super::Config;

/// Everything that is wrong with a configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration cannot be used: {}", .0.join("; "))]
pub struct InvalidConfig(pub Vec<String>);

/// Collects complaints.
#[derive(Default)]
struct Complaints(Vec<String>);

impl Complaints {
    fn unless(&mut self, is_good: bool, complaint: &str) {
        if !is_good {
            self.0.push(complaint.to_owned());
        }
    }
}

impl Config {
    /// Checks that `serve` can start with it.
    ///
    /// # Errors
    /// [`InvalidConfig`] with every complaint.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        let mut complaints = Complaints::default();
        self.check_directory(&mut complaints);
        self.check_ad(&mut complaints);
        self.check_guardrails(&mut complaints);
        self.check_sync(&mut complaints);
        self.check_local_endpoints(&mut complaints);
        if complaints.0.is_empty() {
            Ok(())
        } else {
            Err(InvalidConfig(complaints.0))
        }
    }

    fn check_directory(&self, complaints: &mut Complaints) {
        let directory = &self.directory;
        complaints.unless(
            directory.gateway_url.starts_with("https://"),
            "directory.gateway_url must be https://host[:port]",
        );
        complaints.unless(
            directory.proxy().is_none_or(|url| url.starts_with("http://")),
            "directory.proxy_url must be http://host:port",
        );
        complaints.unless(
            (1..=1024).contains(&directory.credits),
            "directory.credits must be 1 to 1024",
        );
        complaints.unless(
            directory.connect_timeout_ms > 0
                && directory.attach_timeout_ms > 0
                && directory.clock_limit_ms > 0,
            "directory: time-outs and clock_limit_ms must be more than 0",
        );
        complaints.unless(
            (1..=3650).contains(&self.identity.sealing_key_days),
            "identity.sealing_key_days must be 1 to 3650",
        );
    }

    fn check_ad(&self, complaints: &mut Complaints) {
        let ad = &self.ad;
        complaints.unless(
            ad.url.starts_with("ldaps://"),
            "ad.url must be ldaps://host[:port]; anything else would show passwords",
        );
        complaints.unless(!ad.bind_dn.is_empty(), "ad.bind_dn is required");
        complaints.unless(ad.password_file.is_some(), "ad.password_file is required");
        complaints.unless(ad.ca_file.is_some(), "ad.ca_file is required");
        complaints.unless(
            !ad.scope_include.is_empty(),
            "ad.scope_include names no base: nothing would be served",
        );
        complaints.unless(!ad.marker_attribute.is_empty(), "ad.marker_attribute is required");
        complaints.unless(
            (1..=64).contains(&ad.connections),
            "ad.connections must be 1 to 64",
        );
        for name in ad.scope_include.iter().chain(&ad.scope_exclude) {
            if let Err(error) = name.parse::<DistinguishedName>() {
                complaints.0.push(format!("ad: scope `{name}`: {error}"));
            }
        }
        let timeouts = [
            ad.connect_timeout_ms,
            ad.bind_timeout_ms,
            ad.search_timeout_ms,
            ad.write_timeout_ms,
            ad.keepalive_seconds,
        ];
        complaints.unless(
            timeouts.iter().all(|value| *value > 0),
            "ad: time-outs must be more than 0",
        );
    }

    fn check_guardrails(&self, complaints: &mut Complaints) {
        for kind in &self.guardrails.kinds {
            if kind.parse::<OperationKind>().is_err() {
                complaints
                    .0
                    .push(format!("guardrails.kinds: `{kind}` is no kind of operation"));
            }
        }
    }

    fn check_sync(&self, complaints: &mut Complaints) {
        let sync = &self.sync;
        complaints.unless(
            (0.0..=1.0).contains(&sync.removal_max_fraction),
            "sync.removal_max_fraction must be 0 to 1",
        );
        complaints.unless(
            sync.interval_seconds >= 60,
            "sync.interval_seconds must be at least 60",
        );
        complaints.unless(
            sync.timeout_seconds > 0,
            "sync.timeout_seconds must be more than 0",
        );
    }

    fn check_local_endpoints(&self, complaints: &mut Complaints) {
        let api = &self.audit_api;
        if api.enabled {
            complaints.unless(
                api.tokens_file.is_some(),
                "audit_api.tokens_file is required, or audit_api.enabled = false",
            );
            complaints.unless(
                api.certificate_file.is_some() == api.key_file.is_some(),
                "audit_api.certificate_file and key_file go together",
            );
            complaints.unless(!api.names.is_empty(), "audit_api.names is empty");
        }
        let has_port = |listen: &str| {
            listen
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        complaints.unless(has_port(&api.listen), "audit_api.listen must be host:port");
        complaints.unless(has_port(&self.metrics.listen), "metrics.listen must be host:port");
    }
}

#[cfg(test)]
mod tests {
    use super::super::load;

    #[test]
    fn the_default_parses_and_says_what_is_missing() {
        let config = load(None).unwrap().config;
        let complaints = config.check().unwrap_err().0;
        for key in [
            "directory.gateway_url",
            "ad.url",
            "ad.bind_dn",
            "ad.password_file",
            "ad.scope_include",
            "audit",
        ] {
            assert!(
                complaints.iter().any(|text| text.contains(key)),
                "{key}: {complaints:?}"
            );
        }
        assert!(config.audit_api.listen.starts_with("127.0.0.1:"));
        assert!(config.metrics.listen.starts_with("127.0.0.1:"));
    }

    #[test]
    fn a_whole_configuration_passes() {
        let mut config = load(None).unwrap().config;
        config.directory.gateway_url = "https://gateway.example".to_owned();
        config.ad.url = "ldaps://dc1.corp.example".to_owned();
        config.ad.bind_dn = "CN=svc,DC=corp,DC=example".to_owned();
        config.ad.password_file = Some(groundwire_kit::config::SecretFile::new("/run/secrets/ad"));
        config.ad.ca_file = Some("/etc/ca.pem".into());
        config.ad.scope_include = vec!["OU=Staff,DC=corp,DC=example".to_owned()];
        config.audit_api.enabled = false;
        assert_eq!(config.check(), Ok(()));
        config.ad.url = "ldap://dc1.corp.example".to_owned();
        config.guardrails.kinds.push("DELETE".to_owned());
        assert_eq!(config.check().unwrap_err().0.len(), 2);
    }
}
