use groundwire_kit::config::{Loaded, Origin};

use super::super::{RENAMED, load};
use super::*;

const WHOLE: &str = "directory.gateway_url = \"https://gateway.example\"\nad.url = \"ldaps://dc1.corp.example\"\n\
    ad.bind_dn = \"CN=svc,DC=corp,DC=example\"\nad.password_file = \"/run/secrets/ad\"\nad.ca_file = \"/etc/ca.pem\"\n\
    ad.scope_include = [\"OU=Staff,DC=corp,DC=example\"]\ndatabase.url_file = \"/run/secrets/database\"\n\
    audit_api.enabled = false\n";

fn load_text(text: &str) -> (Loaded<Config>, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    (
        load(Some(file.path())).unwrap(),
        file.path().display().to_string(),
    )
}

#[test]
fn a_proxy_url_with_a_password_is_refused_by_its_key_and_not_repeated() {
    let (loaded, file) = load_text(&format!(
        "{WHOLE}directory.proxy_url = \"http://user:s3cret@proxy.example:3128\"\n"
    ));
    let refused = loaded.check().unwrap_err().to_string();
    let lines = WHOLE.lines().count() + 1;
    assert!(
        refused.contains("`directory.proxy_url` must hold no user name and no password")
            && refused.contains("`directory.proxy_credential_file`")
            && refused.contains(&format!("({file}:{lines})")),
        "{refused}"
    );
    assert!(
        !refused.contains("s3cret") && !refused.contains("proxy.example"),
        "{refused}"
    );
    let (loaded, _) = load_text(&format!("{WHOLE}directory.proxy_credential_file = \"/x\"\n"));
    let refused = loaded.check().unwrap_err().to_string();
    assert!(refused.contains("goes with `directory.proxy_url`"), "{refused}");
}

#[test]
fn the_default_parses_and_says_what_is_missing() {
    let loaded = load(None).unwrap();
    let complaints = loaded.check().unwrap_err().0;
    let keys: Vec<&str> = complaints
        .iter()
        .map(|complaint| complaint.key.as_str())
        .collect();
    let expected = [
        "directory.gateway_url",
        "ad.url",
        "ad.bind_dn",
        "ad.password_file",
        "ad.ca_file",
        "ad.scope_include",
        "database.url_file",
        "audit_api.tokens_file",
    ];
    assert_eq!(keys, expected);
    assert!(
        complaints
            .iter()
            .all(|complaint| complaint.origin == Origin::Default)
    );
    assert!(
        loaded
            .config
            .audit_api
            .listen
            .to_string()
            .starts_with("127.0.0.1:")
    );
    assert!(loaded.config.metrics.listen.to_string().starts_with("127.0.0.1:"));
}

#[test]
fn a_whole_configuration_passes() {
    assert_eq!(load_text(WHOLE).0.check(), Ok(()));
}

#[test]
fn what_cannot_be_used_is_said_with_its_key_and_its_line() {
    let text = WHOLE.replace("ldaps://", "ldap://").replace("OU=Staff", "Staff")
        + "directory.credits = 2000\nguardrails.kinds = [\"UNLOCK\", \"DELETE\"]\nsync.interval = \"59s\"\n\
           sync.removal_max_fraction = 1.5\nidentity.sealing_key_lifetime = \"1h\"\n";
    let (loaded, path) = load_text(&text);
    let complaints = loaded.check().unwrap_err().0;
    let mut said = complaints.iter().map(ToString::to_string);
    let mut next = || said.next().unwrap();
    assert_eq!(
        next(),
        format!("`directory.credits` must be 1 to 1024 ({path}:9)")
    );
    assert_eq!(
        next(),
        format!("`identity.sealing_key_lifetime` must be 1day to 10years ({path}:13)")
    );
    assert_eq!(
        next(),
        format!("`ad.url` must be ldaps://host[:port]; anything else would show passwords ({path}:2)")
    );
    assert!(next().starts_with("`ad.scope_include` has `Staff,DC=corp,DC=example`: "));
    assert_eq!(
        next(),
        format!("`guardrails.kinds` has `DELETE`, which is no kind of operation ({path}:10)")
    );
    assert_eq!(
        next(),
        format!("`sync.removal_max_fraction` must be 0 to 1 ({path}:12)")
    );
    assert_eq!(
        next(),
        format!("`sync.interval` must be at least a minute ({path}:11)")
    );
    assert_eq!(complaints.len(), 7);
}

#[test]
fn every_old_key_gives_what_its_new_one_gives() {
    let (old, _) = load_text(
        "[directory]\nconnect_timeout_ms = 1500\nattach_timeout_ms = 250\nclock_limit_ms = 3000\n\
         [enrollment]\nwait_seconds = 90\n[identity]\nsealing_key_days = 7\n\
         [ad]\nconnect_timeout_ms = 1\nbind_timeout_ms = 2\nsearch_timeout_ms = 3\nwrite_timeout_ms = 4\n\
         keepalive_seconds = 5\n[sync]\ninterval_seconds = 60\ntimeout_seconds = 61\n\
         [database_rights]\nwriter_role = \"writer\"\n[audit_api]\nnames = [\"audit\"]\n\
         [shutdown]\ngrace_seconds = 5\n\
         [database]\nacquire_timeout_ms = 1\nstatement_timeout_ms = 2\nlock_timeout_ms = 3\n\
         idle_in_transaction_timeout_ms = 4\n",
    );
    let (new, _) = load_text(
        "[directory]\nconnect_timeout = \"1500ms\"\nattach_timeout = \"250ms\"\nclock_limit = \"3s\"\n\
         [enrollment]\ntoken_timeout = \"90s\"\n[identity]\nsealing_key_lifetime = \"7days\"\n\
         [ad]\nconnect_timeout = \"1ms\"\nbind_timeout = \"2ms\"\nsearch_timeout = \"3ms\"\nwrite_timeout = \"4ms\"\n\
         keepalive_interval = \"5s\"\n[sync]\ninterval = \"1m\"\ntimeout = \"61s\"\n\
         [migrate]\nservice_role = \"writer\"\n[audit_api]\nserver_names = [\"audit\"]\n\
         [shutdown]\ngrace = \"5s\"\n\
         [database]\nacquire_timeout = \"1ms\"\nstatement_timeout = \"2ms\"\nlock_timeout = \"3ms\"\n\
         idle_in_transaction_timeout = \"4ms\"\n",
    );
    assert_eq!(format!("{:?}", old.config), format!("{:?}", new.config));
    let renamed = RENAMED.len() + groundwire_kit::database::RENAMED.len();
    assert_eq!(old.warnings.len(), renamed);
    assert!(new.warnings.is_empty());
}

#[test]
fn the_page_of_settings_has_every_old_key() {
    let page = include_str!("../../../../../docs/settings.md");
    for renamed in RENAMED.iter().chain(groundwire_kit::database::RENAMED) {
        let row = format!("| `{}` | `{}` |", renamed.old, renamed.new);
        assert!(page.contains(&row), "{row}");
    }
}
