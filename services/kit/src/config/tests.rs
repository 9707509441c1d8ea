use std::time::Duration;

use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    listen: Listen,
    limits: Limits,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listen {
    port: u16,
    #[serde(deserialize_with = "empty_is_unset")]
    host: Option<String>,
    at: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    #[serde(with = "duration")]
    wait: Duration,
    names: Vec<String>,
}

impl Check for Service {
    fn check(&self, checks: &mut Checks<'_>) {
        checks.required("name", !self.name.is_empty());
        checks.within("listen.port", &self.listen.port, &(1..=9_999));
        checks.positive("limits.wait", self.limits.wait);
    }
}

const DEFAULT: &str = "# A name.\nname = \"service\"\n[listen]\nport = 1\nhost = \"\"\nat = \"127.0.0.1:1\"\n\
                       [limits]\nwait = \"1s\"\nnames = []\n";

const RENAMED: &[Renamed] = &[
    Renamed::key("title", "name"),
    Renamed::read("limits.wait_ms", "limits.wait", Reading::Milliseconds),
    Renamed::read("http.address", "listen.at", Reading::Host),
    Renamed::read("http.port", "listen.at", Reading::Port),
];

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn load_from(path: Option<&Path>, variables: &[(&str, &str)]) -> Result<Loaded<Service>, ConfigError> {
    let layers = Layers {
        default: DEFAULT,
        file: path,
        environment_prefix: "GROUNDWIRE_TEST",
        renamed: &[RENAMED],
    };
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    load_with(layers, variables)
}

fn refusal(text: &str) -> String {
    let file = file(text);
    let refusal = load_from(Some(file.path()), &[]).unwrap_err().to_string();
    refusal.replace(&file.path().display().to_string(), "FILE")
}

#[test]
fn the_default_file_is_the_default() {
    let expected = Service {
        name: "service".to_owned(),
        listen: Listen {
            port: 1,
            host: None,
            at: "127.0.0.1:1".to_owned(),
        },
        limits: Limits {
            wait: Duration::from_secs(1),
            names: Vec::new(),
        },
    };
    assert_eq!(load_from(None, &[]).unwrap().config, expected);
}

#[test]
fn a_file_lies_over_the_defaults_and_the_environment_over_the_file() {
    let file = file("name = \"from file\"\n[listen]\nport = 2\nhost = \"::1\"\n");
    let variables = [
        ("GROUNDWIRE_TEST__LISTEN__PORT", "3"),
        ("GROUNDWIRE_TEST__LIMITS__WAIT", "1h 30m"),
        ("GROUNDWIRE_TEST__LIMITS__NAMES", "[\"a\", \"b\"]"),
        ("GROUNDWIRE_TEST__LISTEN__AT", "[::]:80"),
        ("GROUNDWIRE_TESTS__NAME", "of another program"),
    ];
    let config = load_from(Some(file.path()), &variables).unwrap().config;
    assert_eq!((config.name.as_str(), config.listen.port), ("from file", 3));
    assert_eq!(config.listen.host.as_deref(), Some("::1"));
    assert_eq!(config.listen.at, "[::]:80");
    assert_eq!(config.limits.wait, Duration::from_secs(5_400));
    assert_eq!(config.limits.names, ["a", "b"]);
}

#[test]
fn the_environment_of_the_process_is_a_layer() {
    // No test may set a variable, since that is unsafe beside other threads; cargo sets some, so one of them serves.
    #[derive(Debug, Deserialize)]
    struct Manifest {
        dir: String,
        #[serde(flatten)]
        _rest: toml::Table,
    }
    let layers = Layers {
        default: "",
        file: None,
        environment_prefix: "CARGO_MANIFEST",
        renamed: &[],
    };
    // Its name has one underscore, and the separator two: so it is none of ours.
    assert!(load::<Manifest>(layers).is_err());
    #[expect(
        clippy::disallowed_methods,
        reason = "what is tested is the one place that reads the environment"
    )]
    let environment = std::env::vars_os();
    let variables = environment.map(|(name, value)| {
        let name = name
            .into_string()
            .unwrap()
            .replace("CARGO_MANIFEST_DIR", "CARGO_MANIFEST__DIR");
        (name.into(), value)
    });
    let loaded = load_with::<Manifest>(layers, variables).unwrap();
    assert!(loaded.config.dir.ends_with("kit"));
}

#[test]
fn what_is_wrong_is_said_with_its_key_its_file_and_its_line() {
    let rows = [
        (
            "[listen]\n# A word.\nprot = 2\n",
            "FILE:3: `listen.prot`: unknown field `prot`, expected one of `port`, `host`, `at`",
        ),
        (
            "\n[liste]\nport = 2\n",
            "FILE:2: `liste`: unknown field `liste`, expected one of `name`, `listen`, `limits`",
        ),
        (
            "[empty]\n",
            "FILE:1: `empty`: unknown field `empty`, expected one of `name`, `listen`, `limits`",
        ),
        (
            "[listen]\nport = \"many\"\n",
            "FILE:2: `listen.port`: invalid type: string \"many\", expected u16",
        ),
        (
            "[listen]\n\nport = 70000\n",
            "FILE:3: `listen.port`: invalid value: integer `70000`, expected u16",
        ),
        (
            "listen.port = -1\n",
            "FILE:1: `listen.port`: invalid value: integer `-1`, expected u16",
        ),
        (
            "[limits]\nnames = [\n  \"a\",\n  7,\n]\n",
            "FILE:2: `limits.names[1]`: invalid type: integer `7`, expected a string",
        ),
        (
            "listen = 3\n",
            "FILE:1: `listen`: invalid type: integer `3`, expected struct Listen",
        ),
        (
            "[name]\nfirst = \"x\"\n",
            "FILE:1: `name`: invalid type: map, expected a string",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(refusal(text), expected, "{text}");
    }
    let duration = "FILE:2: `limits.wait`: invalid value: string \"10\", expected a duration with its unit, such as \
                    \"500ms\", \"10s\", \"15m\" or \"30days\"";
    assert_eq!(refusal("[limits]\nwait = \"10\"\n"), duration);
    assert!(
        refusal("[limits]\nwait = 10\n").starts_with("FILE:2: `limits.wait`: invalid type: integer `10`")
    );
    assert!(refusal("name = \"a\"\nname = \"b\"\n").starts_with("FILE:2: duplicate key"));
    assert!(refusal("\n\nname = ").starts_with("FILE:3: "));
}

#[test]
fn what_is_wrong_in_the_environment_is_said_with_its_variable() {
    let refusal = |name: &str, value: &str| load_from(None, &[(name, value)]).unwrap_err().to_string();
    assert_eq!(
        refusal("GROUNDWIRE_TEST__LISTEN__PROT", "2"),
        "environment variable GROUNDWIRE_TEST__LISTEN__PROT: `listen.prot`: unknown field `prot`, expected one of \
         `port`, `host`, `at`"
    );
    assert_eq!(
        refusal("GROUNDWIRE_TEST__LISTEN__PORT", "many"),
        "environment variable GROUNDWIRE_TEST__LISTEN__PORT: `listen.port`: invalid type: string \"many\", expected u16"
    );
    assert!(refusal("GROUNDWIRE_TEST__NAME__FIRST", "x").contains("`name`: invalid type: map"));
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let missing = load_from(Some(Path::new("/nonexistent/service.toml")), &[]);
    assert!(matches!(missing, Err(ConfigError::Unreadable { .. })));
}

#[test]
fn everything_that_fails_a_check_is_said_at_once() {
    let file = file("name = \"\"\n[listen]\nport = 10000\n");
    let loaded = load_from(Some(file.path()), &[("GROUNDWIRE_TEST__LIMITS__WAIT", "0s")]).unwrap();
    let path = file.path().display();
    assert_eq!(
        loaded.check().unwrap_err().to_string(),
        format!(
            "the configuration cannot be used: `name` is required ({path}:1); `listen.port` must be 1 to 9999 \
             ({path}:3); `limits.wait` must be more than 0 (environment variable GROUNDWIRE_TEST__LIMITS__WAIT)"
        )
    );
    assert_eq!(load_from(None, &[]).unwrap().check(), Ok(()));
}

#[test]
fn an_old_key_is_read_and_the_warning_says_the_new_one() {
    let file = file("title = \"old\"\n[limits]\nwait_ms = 250\n[http]\naddress = \"::\"\n");
    let variables = [("GROUNDWIRE_TEST__HTTP__PORT", "80")];
    let loaded = load_from(Some(file.path()), &variables).unwrap();
    assert_eq!(loaded.config.name, "old");
    assert_eq!(loaded.config.limits.wait, Duration::from_millis(250));
    assert_eq!(loaded.config.listen.at, "[::]:80");
    let path = file.path().display();
    let release = "; the old key will not be read by the next release";
    assert_eq!(
        loaded.warnings,
        [
            format!("`title` ({path}:1) is now `name = \"old\"`{release}"),
            format!("`limits.wait_ms` ({path}:3) is now `limits.wait = \"250ms\"`{release}"),
            format!("`http.address` ({path}:5) is now `listen.at = \"[::]:1\"`{release}"),
            format!(
                "`http.port` (environment variable GROUNDWIRE_TEST__HTTP__PORT) is now \
                 GROUNDWIRE_TEST__LISTEN__AT=\"[::]:80\"{release}"
            ),
        ]
    );
}

#[test]
fn an_old_key_is_refused_beside_its_new_one_and_with_another_type() {
    assert_eq!(
        refusal("name = \"new\"\ntitle = \"old\"\n"),
        "FILE:2: `title`: it is the old name of `name`, which is set too"
    );
    assert_eq!(
        refusal("[limits]\nwait_ms = \"soon\"\n"),
        "FILE:2: `limits.wait_ms`: `\"soon\"` cannot be read as the old form of `limits.wait`"
    );
    // What was never a key of an old section is still unknown, and the section may be empty.
    assert!(refusal("[http]\nprot = 1\n").starts_with("FILE:1: `http`: unknown field"));
    let file = file("[http]\n# port = 1\n");
    assert!(load_from(Some(file.path()), &[]).is_ok());
}

#[test]
fn what_is_printed_gives_the_same_configuration_again_and_says_where_it_comes_from() {
    let overlay = file("[listen]\nport = 7\n[limits]\nnames = [\"a\", \"b # c\"]\n");
    let loaded = load_from(Some(overlay.path()), &[("GROUNDWIRE_TEST__NAME", "ann")]).unwrap();
    let printed = loaded.to_toml();
    let path = overlay.path().display();
    let expected = format!(
        "name = \"ann\" # environment variable GROUNDWIRE_TEST__NAME\n\n[limits]\nnames = [\"a\", \"b # c\"] # {path}:4\n\
         wait = \"1s\"\n\n[listen]\nat = \"127.0.0.1:1\"\nhost = \"\"\nport = 7 # {path}:2\n"
    );
    assert_eq!(printed, expected);
    let printed = file(&printed);
    let again = load_from(Some(printed.path()), &[]).unwrap();
    assert_eq!(again.config, loaded.config);
}

#[test]
fn a_credential_in_a_url_is_not_printed() {
    let overlay = file(
        "name = \"http://ann:s3cret@proxy.example:3128\"\n[listen]\nhost = \"ann:s3c@ret@proxy\"\n\
         [limits]\nnames = [\"https://ann:s3cret@[::1]/x\", \"svc@corp.example\"]\n",
    );
    let printed = load_from(Some(overlay.path()), &[]).unwrap().to_toml();
    assert!(!printed.contains("s3c"), "{printed}");
    for shown in [
        "(not shown)@proxy.example:3128",
        "(not shown)@[::1]/x",
        "\"svc@corp.example\"",
    ] {
        assert!(printed.contains(shown), "{printed}");
    }
}
