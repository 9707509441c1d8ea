//! What the documents name is there: files, the functions that `docs/architecture.md` says are in them, and the types of
//! `docs/glossary.md`.

use std::fs;

use super::{root, rust_files};

/// The texts between backquotes, line by line.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

fn is_path(text: &str) -> bool {
    let roots = ["services/", "proto/", "tests/", "deploy/", "docs/"];
    roots.iter().any(|root| text.starts_with(root)) && !text.contains(['*', '{', '…', '<'])
}

#[test]
fn files_and_functions_that_documents_name_exist() {
    let mut wrong = Vec::new();
    let mut functions = 0;
    for document in [
        "docs/architecture.md",
        "docs/design.md",
        "docs/domain-controllers.md",
        "docs/glossary.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
    ] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for (index, line) in text.lines().enumerate() {
            let mut file = None;
            for name in quoted(line) {
                if is_path(name) {
                    file = Some(name);
                    if !root().join(name).exists() {
                        wrong.push(format!("{document}:{}: no {name}", index + 1));
                    }
                } else if let Some(file) = file.filter(|file| file.ends_with(".rs"))
                    && is_function(name)
                {
                    functions += 1;
                    let code = fs::read_to_string(root().join(file)).unwrap_or_default();
                    if !code.contains(&format!("fn {name}")) {
                        wrong.push(format!("{document}:{}: no {name} in {file}", index + 1));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        functions > 20,
        "the tables are not read as they are written: {functions}"
    );
}

/// As Rust writes one: lower case with underscores.
fn is_function(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[test]
fn types_of_the_glossary_exist() {
    let mut code = String::new();
    for folder in ["proto/src", "proto/proto", "services"] {
        for file in rust_files(&root().join(folder)) {
            code.push_str(&fs::read_to_string(file).unwrap());
        }
    }
    for package in ["operation", "gateway", "directory", "envelope", "eventlog"] {
        for entry in fs::read_dir(root().join("proto/proto/groundwire").join(package).join("v1")).unwrap() {
            code.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
        }
    }
    let text = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert!(rows.len() >= 30, "thirty words: {}", rows.len());
    for row in rows {
        let last = row.trim_end_matches(" |").rsplit('|').next().unwrap_or_default();
        for name in quoted(last) {
            // The ids are made by a macro, which lists them.
            let is_there = code.contains(&format!("\n    {name},\n"))
                || ["struct", "enum", "trait", "message", "type"]
                    .iter()
                    .any(|keyword| has_definition(&code, keyword, name));
            assert!(is_there, "docs/glossary.md: no type is called {name}");
        }
    }
}

fn has_definition(code: &str, keyword: &str, name: &str) -> bool {
    let start = format!("{keyword} {name}");
    code.match_indices(&start).any(|(at, _)| {
        let next = code[at + start.len()..].chars().next();
        !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}
