//! Holds the walls of the house: which crate may use which, that the contract's words, `domain` and `policy` are pure,
//! that nothing forbidden is built, that no files of a crate form a circle, that the rooms of a service take from those below
//! them only, that statements go through sessions, that statuses are made at the gRPC edge only, that what documents name is there, that each fuzz target has
//! seeds, that doc comments are sentences, and that unit tests have one placing.

mod circles;
mod documents;
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the enums of syn are the language's, and grow with it"
)]
mod modules;
mod placing;
mod rooms;
mod statements;
mod statuses;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crate folder, and what it may use of this workspace. `tests` may use everything.
const MAY_USE: &[(&str, &[&str])] = &[
    // What is signed and sealed has one form on the wire, and one conversion.
    ("proto", &["envelope"]),
    ("services/envelope", &[]),
    ("services/eventlog", &[]),
    ("services/kit", &[]),
    ("services/directory", &["proto", "kit", "envelope", "eventlog"]),
    ("services/connector", &["proto", "kit", "envelope", "eventlog"]),
    ("services/cli", &["proto", "kit", "envelope", "eventlog"]),
];

/// Libraries that must not know of a runtime, a transport or a database.
const MUST_NOT_KNOW: &[(&str, &[&str])] = &[
    ("services/envelope", &["tokio", "tonic", "sqlx", "ldap3", "axum"]),
    ("services/eventlog", &["tonic", "ldap3", "axum"]),
];

/// What must not be built by any way: TLS is rustls, and its one provider of cryptography is aws-lc-rs. Licences, sources
/// and advisories are `make deny`'s business.
const FORBIDDEN: &[&str] = &["openssl", "openssl-sys", "native-tls", "ring"];

/// What is built for, as in `.deny.toml`.
const TARGETS: &[&str] = &["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/// What pure code may not name: IO crates, and any clock, environment, file, thread or randomness.
const IMPURE: &[&str] = &[
    "tokio",
    "tonic",
    "sqlx",
    "ldap3",
    "axum",
    "rustls",
    "reqwest",
    "hyper",
    "groundwire_kit",
    "groundwire_eventlog",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "Instant::now",
    "SystemTime",
    "now_utc",
    "rand",
    "new_v4",
    "now_v7",
    "async fn",
    ".await",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every crate of the workspace.
fn crate_folders() -> impl Iterator<Item = &'static str> {
    MAY_USE.iter().map(|(folder, _)| *folder).chain(["tests"])
}

fn dependencies(folder: &str) -> BTreeSet<String> {
    let path = root().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap();
    let mut section = String::new();
    let mut found = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.to_owned();
        } else if section == "[dependencies]" {
            let name: String = line
                .chars()
                .take_while(|c| c.is_alphanumeric() || "-_".contains(*c))
                .collect();
            if !name.is_empty() {
                found.insert(name);
            }
        }
    }
    assert!(!found.is_empty(), "{} has no dependencies", path.display());
    found
}

#[test]
fn crates_depend_only_in_the_direction_of_the_design() {
    for (folder, allowed) in MAY_USE {
        for dependency in dependencies(folder) {
            let Some(of_workspace) = dependency.strip_prefix("groundwire-") else {
                continue;
            };
            assert!(allowed.contains(&of_workspace), "{folder} uses {dependency}");
        }
    }
}

#[test]
fn envelope_and_eventlog_know_no_transport() {
    for (folder, forbidden) in MUST_NOT_KNOW {
        let used = dependencies(folder);
        for name in *forbidden {
            assert!(!used.contains(*name), "{folder} uses {name}");
        }
    }
}

#[test]
fn the_contracts_words_domain_and_policy_are_pure() {
    let rooms = [
        "proto/src/ids.rs",
        "proto/src/operation",
        "proto/src/reasons",
        "proto/src/time.rs",
        "services/directory/src/domain",
        "services/connector/src/domain",
        "services/connector/src/policy",
    ];
    for room in rooms {
        let files = rust_files(&root().join(room));
        assert!(!files.is_empty(), "{room} is empty");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for (number, code) in product_lines(&text) {
                let named = IMPURE.iter().find(|name| contains_name(code, name));
                assert!(
                    named.is_none(),
                    "{}:{}: {}",
                    file.display(),
                    number,
                    named.unwrap_or(&"")
                );
            }
        }
    }
}

#[test]
fn no_second_tls_and_no_second_cryptography_is_built() {
    for manifest in ["Cargo.toml", "tests/fuzz/Cargo.toml"] {
        let built = built_packages(manifest);
        assert!(built.contains("aws-lc-rs"), "{manifest}: {built:?}");
        for name in FORBIDDEN {
            assert!(
                !built.contains(*name),
                "{manifest} needs {name}: cargo tree --invert {name} --all-features --target all"
            );
        }
    }
    let rules = fs::read_to_string(root().join(".deny.toml")).unwrap();
    for name in FORBIDDEN {
        assert!(
            rules.contains(&format!("crate = \"{name}\"")),
            ".deny.toml lets {name} in"
        );
    }
    for target in TARGETS {
        assert!(
            rules.contains(&format!("\"{target}\"")),
            ".deny.toml leaves {target} out"
        );
    }
}

#[test]
fn every_fuzz_target_has_seeds_and_every_seed_a_target() {
    let names = |folder: &str, remove: &str| -> BTreeSet<String> {
        fs::read_dir(root().join("tests/fuzz").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.trim_end_matches(remove).to_owned())
            .collect()
    };
    // That each seed is run by the crate's own tests is checked there (tests/fuzz/seeds.rs).
    assert_eq!(names("src/bin", ".rs"), names("seeds", ""));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for folder in crate_folders() {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{folder}");
    }
}

/// The names of all packages that a build with all features needs, tests and build scripts included. The lock file does not
/// tell: it also names what an optional feature mentions (`ring?/alloc`) and nothing enables.
fn built_packages(manifest: &str) -> BTreeSet<String> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args([
            "tree",
            "--locked",
            "--workspace",
            "--all-features",
            "--edges",
            "all",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .args(TARGETS.iter().flat_map(|target| ["--target", target]))
        .arg("--manifest-path")
        .arg(root().join(manifest));
    let output = command.output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree, {manifest}: {log}");
    let names = String::from_utf8(output.stdout).unwrap();
    names
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

/// The lines of a file before its tests, numbered, without comments.
fn product_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = product
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    code.enumerate().map(|(index, code)| (index + 1, code))
}

/// The name as a whole word, so that `rand` does not find `operand`.
fn contains_name(code: &str, name: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(name)
        .any(|(at, _)| !word(code[..at].chars().next_back()) && !word(code[at + name.len()..].chars().next()))
}

/// Tests in a file of their own may read a clock.
fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs")
}

/// The product's Rust files of a folder, or the one file that is named.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = all_rust_files(folder);
    files.retain(|path| !is_test(path));
    files
}

/// The Rust files of a folder with their tests, or the one file that is named.
fn all_rust_files(folder: &Path) -> Vec<PathBuf> {
    if folder.is_file() {
        return vec![folder.to_owned()];
    }
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(all_rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
