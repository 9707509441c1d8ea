//! Where unit tests are: inline up to 100 lines, else in `x/tests.rs` beside `x.rs`, where rustc looks by itself.

use std::fs;
use std::path::Path;

use super::{all_rust_files, root};

/// Lines of an inline module of tests, with its braces.
const MOST_INLINE: usize = 100;

/// The only file that a path attribute may name: the crates share it with the fuzz targets.
const SHARED: &str = "#[path = \"../../../tests/fuzz/seeds.rs\"]";

#[test]
fn unit_tests_are_inline_or_beside_what_they_test() {
    let mut faults = Vec::new();
    let mut modules = 0;
    for file in ["services", "proto", "tests"]
        .iter()
        .flat_map(|folder| all_rust_files(&root().join(folder)))
    {
        let text = fs::read_to_string(&file).unwrap();
        modules += text.matches("#[cfg(test)]").count();
        faults.extend(faults_of(&file, &text));
    }
    assert!(modules > 100, "the tree is not read: {modules}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with where a file is, and with where its tests are.
fn faults_of(file: &Path, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let name = file.display();
    if name.to_string().ends_with("_tests.rs") {
        faults.push(format!("{name}: tests of x.rs are in x/tests.rs"));
    }
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("#[path") && line.trim() != SHARED {
            faults.push(format!(
                "{name}:{}: a module is where rustc looks for it",
                index + 1
            ));
        }
    }
    for (line, length) in inline_tests(text) {
        if length > MOST_INLINE {
            faults.push(format!(
                "{name}:{line}: {length} lines of tests: move them to x/tests.rs beside x.rs"
            ));
        }
    }
    faults
}

/// Each inline module under `#[cfg(test)]`: its first line, and how many it has.
fn inline_tests(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut is_test = false;
    for (index, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        if code.starts_with("#[cfg(test)]") {
            is_test = true;
        } else if is_test && code.contains("mod ") && code.ends_with('{') {
            // rustfmt puts the closing brace below the first letter of the opening line.
            let end = format!("{}}}", &line[..line.len() - code.len()]);
            let length = lines[index..].iter().position(|line| *line == end);
            found.push((index + 1, length.map_or(lines.len() - index, |length| length + 1)));
            is_test = false;
        } else if !code.starts_with("#[") && !is_within_attribute(code) {
            is_test = false;
        }
    }
    found
}

/// A line of an attribute that rustfmt broke over several.
fn is_within_attribute(code: &str) -> bool {
    code.starts_with("clippy::") || code.starts_with("reason = ") || code == ")]"
}

#[test]
fn the_reader_finds_each_fault_and_no_other() {
    let short = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() {}\n}\n";
    let with_reason = "#[cfg(test)]\n#[expect(\n    clippy::panic,\n    reason = \"x\"\n)]\nmod tests {\n    fn a() {}\n}\n";
    assert_eq!(inline_tests(short), [(2, 4)]);
    assert_eq!(inline_tests(with_reason), [(6, 3)]);
    assert_eq!(inline_tests("#[cfg(test)]\nmod tests;\n"), []);
    assert_eq!(inline_tests("#[cfg(test)]\nuse super::*;\nmod other {\n}\n"), []);

    let faults = |name: &str, text: &str| faults_of(Path::new(name), text).len();
    let shared = format!("#[cfg(test)]\n{SHARED}\nmod seeds;\n");
    assert_eq!(faults("a.rs", &(short.to_owned() + &shared)), 0);
    assert_eq!(faults("a_tests.rs", ""), 1);
    assert_eq!(
        faults("a.rs", "#[cfg(test)]\n#[path = \"b.rs\"]\nmod tests;\n"),
        1
    );
    let long = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    // line\n".repeat(99));
    assert_eq!(faults("a.rs", &long), 1);
}
