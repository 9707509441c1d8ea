//! What the types of the configuration cannot say: which keys are required, and between what bounds.

use std::time::Duration;

use groundwire_kit::config::{Check, Checks};

use super::{Config, GatewayConfig};

const DAY: Duration = Duration::from_secs(86_400);
const TEN_YEARS: Duration = Duration::from_secs(315_576_000);

impl Check for Config {
    fn check(&self, checks: &mut Checks<'_>) {
        let tokens_file = self.api.tokens_file.path().as_os_str();
        checks.required("api.tokens_file", !tokens_file.is_empty());
        self.gateway.check(checks);
        checks.required("keys.folder", !self.keys.folder.as_os_str().is_empty());
        checks.required("keys.server_names", !self.keys.server_names.is_empty());
        self.database.check(checks);
        self.telemetry.check(checks);
    }
}

impl GatewayConfig {
    fn check(&self, checks: &mut Checks<'_>) {
        for (key, value) in [
            ("gateway.heartbeat_interval", self.heartbeat_interval),
            ("gateway.received_timeout", self.received_timeout),
            ("gateway.hello_timeout", self.hello_timeout),
            ("gateway.sync_interval", self.sync_interval),
        ] {
            checks.positive(key, value);
        }
        let lifetimes = DAY..=TEN_YEARS;
        checks.duration_within(
            "gateway.certificate_lifetime",
            self.certificate_lifetime,
            &lifetimes,
        );
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::config::Loaded;

    use super::super::load;
    use super::*;

    fn load_text(text: &str) -> (Loaded<Config>, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        (
            load(Some(file.path())).unwrap(),
            file.path().display().to_string(),
        )
    }

    #[test]
    fn the_default_file_is_the_default_and_is_enough() {
        let loaded = load(None).unwrap();
        assert_eq!(loaded.config.gateway.heartbeat_interval, Duration::from_secs(10));
        assert_eq!(loaded.config.gateway.received_timeout, Duration::from_secs(2));
        assert_eq!(loaded.config.shutdown.grace, Duration::from_secs(10));
        assert!(loaded.config.api.listen.to_string().starts_with("127.0.0.1:"));
        assert!(loaded.config.metrics.listen.to_string().starts_with("127.0.0.1:"));
        assert_eq!(loaded.check(), Ok(()));
        assert!(loaded.warnings.is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_said_with_its_key_and_its_line() {
        let (loaded, path) = load_text(
            "[gateway]\nheartbeat_interval = \"0s\"\ncertificate_lifetime = \"1h\"\n[keys]\nserver_names = []\n\
             [database]\nhost = \"db\"\n[telemetry]\nlog_filter = \"in=fo=\"\n",
        );
        let complaints = loaded.check().unwrap_err().0;
        let said: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        let expected = [
            format!("`gateway.heartbeat_interval` must be more than 0 ({path}:2)"),
            format!("`gateway.certificate_lifetime` must be 1day to 10years ({path}:3)"),
            format!("`keys.server_names` is required ({path}:5)"),
            "`database.url_file` goes without host, database and user (the defaults)".to_owned(),
        ];
        assert_eq!(said[..4], expected);
        assert!(said[4].starts_with("`telemetry.log_filter` is no filter: ") && said[4].contains(":9)"));
    }

    #[test]
    fn every_old_key_gives_what_its_new_one_gives() {
        let (old, _) = load_text(
            "[gateway]\nheartbeat_interval_ms = 1500\nreceived_within_ms = 250\nhello_within_ms = 3000\n\
             sync_interval_seconds = 60\ncertificate_days = 7\ndrain_grace_ms = 100\n\
             [http]\naddress = \"0.0.0.0\"\nport = 9000\n\
             [database]\nacquire_timeout_ms = 1\nstatement_timeout_ms = 2\nlock_timeout_ms = 3\n\
             idle_in_transaction_timeout_ms = 4\n",
        );
        let (new, _) = load_text(
            "[gateway]\nheartbeat_interval = \"1500ms\"\nreceived_timeout = \"250ms\"\nhello_timeout = \"3s\"\n\
             sync_interval = \"1m\"\ncertificate_lifetime = \"7days\"\ndrain_grace = \"100ms\"\n\
             [metrics]\nlisten = \"0.0.0.0:9000\"\n\
             [database]\nacquire_timeout = \"1ms\"\nstatement_timeout = \"2ms\"\nlock_timeout = \"3ms\"\n\
             idle_in_transaction_timeout = \"4ms\"\n",
        );
        assert_eq!(format!("{:?}", old.config), format!("{:?}", new.config));
        assert_eq!(
            old.warnings.len(),
            super::super::RENAMED.len() + groundwire_kit::database::RENAMED.len()
        );
        assert!(new.warnings.is_empty());
    }

    #[test]
    fn the_page_of_settings_has_every_old_key() {
        let page = include_str!("../../../../docs/settings.md");
        for renamed in super::super::RENAMED
            .iter()
            .chain(groundwire_kit::database::RENAMED)
        {
            let row = format!("| `{}` | `{}` |", renamed.old, renamed.new);
            assert!(page.contains(&row), "{row}");
        }
    }
}
