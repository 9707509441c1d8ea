//! Holds `docs/settings.md` to the default files of both services, which it lists side by side.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands above it on the page is written by hand; what follows is written here.
const MARKER: &str = "<!-- From here on generated from services/{directory,connector}/src/config/default.toml; a test holds \
                      them together (`GROUNDWIRE_UPDATE_DOCS=1 cargo test -p groundwire-tests` writes it anew). -->\n";

/// A default file, in its order.
type Settings = Vec<Section>;

struct Section {
    name: String,
    comment: String,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    comment: String,
    default: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(service: &str) -> Settings {
    let path = root()
        .join("services")
        .join(service)
        .join("src/config/default.toml");
    parse(&fs::read_to_string(path).unwrap())
}

fn parse(text: &str) -> Settings {
    let mut settings = Settings::new();
    let mut comment = String::new();
    for line in text.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            let separator = if comment.is_empty() { "" } else { " " };
            comment = comment + separator + text;
        } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            settings.push(Section {
                name: name.to_owned(),
                comment: std::mem::take(&mut comment),
                keys: Vec::new(),
            });
        } else if let Some((name, default)) = line.split_once(" = ") {
            settings.last_mut().unwrap().keys.push(Key {
                name: name.to_owned(),
                comment: std::mem::take(&mut comment),
                default: default.to_owned(),
            });
        } else {
            assert!(line.is_empty(), "not understood: {line}");
            comment.clear();
        }
    }
    settings
}

fn section<'a>(settings: &'a Settings, name: &str) -> Option<&'a Section> {
    settings.iter().find(|section| section.name == name)
}

fn key<'a>(section: Option<&'a Section>, name: &str) -> Option<&'a Key> {
    section?.keys.iter().find(|key| key.name == name)
}

/// Sections of the directory, of the connector, and of both.
fn generate(directory: &Settings, connector: &Settings) -> String {
    let only_in = |one: &Settings, other: &Settings| -> Vec<String> {
        let names = one.iter().map(|section| section.name.clone());
        names.filter(|name| section(other, name).is_none()).collect()
    };
    let both = directory.iter().map(|section| section.name.clone());
    let both = both.filter(|name| section(connector, name).is_some()).collect();
    let mut page = String::new();
    for (title, names) in [
        ("Sections of both", both),
        ("Sections of the directory", only_in(directory, connector)),
        ("Sections of the connector", only_in(connector, directory)),
    ] {
        write!(page, "\n## {title}\n").unwrap();
        for name in names {
            write_section(&mut page, section(directory, &name), section(connector, &name));
        }
    }
    page
}

fn write_section(page: &mut String, directory: Option<&Section>, connector: Option<&Section>) {
    let name = &directory.or(connector).unwrap().name;
    write!(page, "\n### `[{name}]`\n\n").unwrap();
    match (directory, connector) {
        (Some(one), Some(other)) if one.comment != other.comment => {
            writeln!(
                page,
                "Directory: {}\n\nConnector: {}\n",
                one.comment, other.comment
            )
            .unwrap();
        }
        (one, other) => writeln!(page, "{}\n", one.or(other).unwrap().comment).unwrap(),
    }
    page.push_str(match (directory, connector) {
        (Some(_), Some(_)) => "| key | directory | connector | what it is |\n|---|---|---|---|\n",
        (Some(_), None) | (None, _) => "| key | default | what it is |\n|---|---|---|\n",
    });
    for name in names_of_keys(directory, connector) {
        let (one, other) = (key(directory, name), key(connector, name));
        let defaults: Vec<String> = [(directory, one), (connector, other)]
            .into_iter()
            .filter(|(section, _)| section.is_some())
            .map(|(_, key)| key.map_or_else(|| "–".to_owned(), |key| format!("`{}`", key.default)))
            .collect();
        let comment = &one.or(other).unwrap().comment;
        writeln!(page, "| `{name}` | {} | {comment} |", defaults.join(" | ")).unwrap();
    }
}

fn names_of_keys<'a>(directory: Option<&'a Section>, connector: Option<&'a Section>) -> Vec<&'a str> {
    let names = |section: Option<&'a Section>| {
        let keys = section.map_or(&[][..], |section| &section.keys);
        keys.iter().map(|key| key.name.as_str())
    };
    let others = names(connector).filter(|name| key(directory, name).is_none());
    names(directory).chain(others).collect()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests take one switch from the environment"
)]
fn the_page_lists_every_setting_of_both_services_with_its_default() {
    let path = root().join("docs/settings.md");
    let page = fs::read_to_string(&path).unwrap();
    let (by_hand, _) = page.split_once(MARKER).expect("the marker");
    let expected = format!(
        "{by_hand}{MARKER}{}",
        generate(&read("directory"), &read("connector"))
    );
    if std::env::var("GROUNDWIRE_UPDATE_DOCS").is_ok() {
        fs::write(&path, &expected).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
}

#[test]
fn every_setting_is_explained_and_in_the_same_words_by_both() {
    let (directory, connector) = (read("directory"), read("connector"));
    for one in directory.iter().chain(&connector) {
        assert!(!one.comment.is_empty(), "[{}]", one.name);
        for key in &one.keys {
            assert!(!key.comment.is_empty(), "{}.{}", one.name, key.name);
        }
    }
    let mut shared = 0;
    for one in &directory {
        for of_directory in &one.keys {
            if let Some(of_connector) = key(section(&connector, &one.name), &of_directory.name) {
                assert_eq!(
                    of_directory.comment, of_connector.comment,
                    "{}.{}",
                    one.name, of_directory.name
                );
                shared += 1;
            }
        }
    }
    assert!(shared > 15, "{shared}");
}
