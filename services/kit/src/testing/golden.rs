//! Golden files: what is stored for ever, as it stands in a database today. They are read and written again by the code of
//! the day, so that a renamed field, variant or word fails a test instead of losing what was recorded.
//!
//! A crate keeps them in `tests/golden/<shelf>/`. `<name>.json` is required for every name that the code knows, and
//! `<name>.<case>.json` may stand beside it. The bytes are exactly the stored ones, without a newline at the end.
//!
//! A file that is there is never edited: a stored form that must change gets a new schema version, and a file for it. The
//! old version's file stays, and `<name>.expected.json` beside it says how its value is written in the newest version.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// The values of an enum without fields. They are held to the enum by a match, so that a new variant does not compile
/// until it is listed.
#[macro_export]
macro_rules! every_variant {
    ($enum:ident { $($variant:ident),+ $(,)? }) => {{
        const fn _held_to_the_enum(value: &$enum) {
            match value { $($enum::$variant => {})+ }
        }
        [$($enum::$variant),+]
    }};
}

/// Names for the variants of an enum with fields, at least one for each. They are held to the enum by a match, so that a
/// new variant does not compile until its names are listed.
#[macro_export]
macro_rules! names_of_variants {
    ($enum:ident { $($variant:ident => $names:expr),+ $(,)? }) => {{
        const fn _held_to_the_enum(value: &$enum) {
            match value { $($enum::$variant { .. } => {})+ }
        }
        let mut names: Vec<&'static str> = Vec::new();
        $(names.extend($names);)+
        names
    }};
}

/// What was read and written again, or why it could not be.
pub type Again<T> = Result<T, Box<dyn Error>>;

/// The golden files of a crate.
#[derive(Debug, Clone)]
pub struct Golden(PathBuf);

/// One folder of golden files.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
    name: String,
}

impl Golden {
    /// Those of a crate: `Golden::of(env!("CARGO_MANIFEST_DIR"))`.
    #[must_use]
    pub fn of(manifest_dir: &str) -> Self {
        Self(Path::new(manifest_dir).join("tests/golden"))
    }

    /// One folder of them.
    #[must_use]
    pub fn shelf(&self, name: &str) -> Shelf {
        Shelf {
            folder: self.0.join(name),
            name: name.to_owned(),
        }
    }

    /// Fails for a folder that no test reads, and for a test without its folder.
    ///
    /// # Panics
    /// If the folders are others.
    pub fn has_shelves(&self, names: &[&str]) {
        let folders: BTreeSet<String> = file_names(&self.0);
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(
            folders, names,
            "folders of tests/golden, and those that a test reads"
        );
    }
}

impl Shelf {
    /// The bytes of one file.
    ///
    /// # Panics
    /// If it is not there.
    #[must_use]
    pub fn bytes(&self, file: &str) -> Vec<u8> {
        let path = self.folder.join(file);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Records: for each event type and each of its schema versions (`types`: the newest of each) there is
    /// `<type>.v<version>.json`. The newest is written again byte for byte, an older one as the bytes of its
    /// `.expected.json`. `again` reads a body by its type and version and writes it.
    ///
    /// # Panics
    /// With every file that is missing, that nothing reads, or that is written otherwise.
    pub fn records(&self, types: &[(&str, u16)], again: impl Fn(&str, u16, &[u8]) -> Again<Vec<u8>>) {
        let mut faults = Vec::new();
        let mut used = BTreeSet::new();
        for (event_type, newest) in types {
            for version in 1..=*newest {
                let name = format!("{event_type}.v{version}");
                for file in self.files_of(&name, &mut faults) {
                    let stored = self.bytes(&file);
                    let expected = if version == *newest {
                        stored.clone()
                    } else {
                        let beside = file.replace(".json", EXPECTED);
                        used.insert(beside.clone());
                        self.bytes(&beside)
                    };
                    match again(event_type, version, &stored) {
                        Ok(written) if written == expected => {}
                        Ok(written) => faults.push(self.differs(&file, &expected, &written)),
                        Err(error) => faults.push(self.unreadable(&file, error.as_ref())),
                    }
                    used.insert(file);
                }
            }
        }
        self.settle(faults, &used);
    }

    /// Values of `jsonb` columns and arguments: each is written again as the same JSON (Postgres keeps no order of fields).
    /// `again` reads a value by its name and writes it.
    ///
    /// # Panics
    /// With every file that is missing, that nothing reads, or that is written otherwise.
    pub fn columns(&self, names: &[&str], again: impl Fn(&str, Value) -> Again<Value>) {
        let mut faults = Vec::new();
        let mut used = BTreeSet::new();
        for name in names {
            for file in self.files_of(name, &mut faults) {
                let stored: Value = serde_json::from_slice(&self.bytes(&file)).unwrap();
                match again(name, stored.clone()) {
                    Ok(written) if written == stored => {}
                    Ok(written) => faults.push(self.differs(
                        &file,
                        stored.to_string().as_bytes(),
                        written.to_string().as_bytes(),
                    )),
                    Err(error) => faults.push(self.unreadable(&file, error.as_ref())),
                }
                used.insert(file);
            }
        }
        self.settle(faults, &used);
    }

    /// Words that stand in text columns or in fields: each list is a JSON array of exactly the words that the code writes,
    /// in any order.
    ///
    /// # Panics
    /// With every list that is missing, that nothing reads, or that holds other words.
    pub fn words<W: AsRef<str>>(&self, lists: &[(&str, Vec<W>)]) {
        let mut faults = Vec::new();
        let mut used = BTreeSet::new();
        for (name, words) in lists {
            let written: BTreeSet<&str> = words.iter().map(AsRef::as_ref).collect();
            for file in self.files_of(name, &mut faults) {
                let stored: Vec<String> = serde_json::from_slice(&self.bytes(&file)).unwrap();
                let stored: BTreeSet<&str> = stored.iter().map(String::as_str).collect();
                for gone in stored.difference(&written) {
                    faults.push(format!("{}/{file}: {gone:?} is not written any more", self.name));
                }
                for new in written.difference(&stored) {
                    faults.push(format!("{}/{file}: {new:?} is new: add it", self.name));
                }
                used.insert(file);
            }
        }
        self.settle(faults, &used);
    }

    /// `<name>.json`, which must be there, and `<name>.<case>.json`.
    fn files_of(&self, name: &str, faults: &mut Vec<String>) -> Vec<String> {
        let required = format!("{name}.json");
        let files: Vec<String> = file_names(&self.folder)
            .into_iter()
            .filter(|file| {
                *file == required
                    || file
                        .strip_prefix(name)
                        .is_some_and(|rest| rest.starts_with('.') && is_case(rest))
            })
            .collect();
        if !files.contains(&required) {
            faults.push(format!("{}/{required} is missing", self.name));
        }
        files
    }

    fn unreadable(&self, file: &str, error: &dyn Error) -> String {
        let behind = error.source().map(|source| format!(": {source}"));
        format!(
            "{}/{file} cannot be read: {error}{}",
            self.name,
            behind.unwrap_or_default()
        )
    }

    fn differs(&self, file: &str, stored: &[u8], written: &[u8]) -> String {
        format!(
            "{}/{file} is written otherwise now:\n  stored:  {}\n  written: {}",
            self.name,
            String::from_utf8_lossy(stored),
            String::from_utf8_lossy(written)
        )
    }

    fn settle(&self, mut faults: Vec<String>, used: &BTreeSet<String>) {
        for file in file_names(&self.folder) {
            if !used.contains(&file) {
                faults.push(format!("{}/{file}: nothing in the code has this name", self.name));
            }
        }
        assert!(
            faults.is_empty(),
            "tests/golden is not what the code reads and writes:\n{}",
            faults.join("\n")
        );
    }
}

const EXPECTED: &str = ".expected.json";

/// `.<case>.json`, and not the value that stands beside an older version.
fn is_case(rest: &str) -> bool {
    !rest.ends_with(EXPECTED)
        && rest
            .strip_suffix(".json")
            .is_some_and(|case| !case.trim_start_matches('.').is_empty())
}

/// Every type with the same newest version.
#[must_use]
pub fn all_at<'a>(version: u16, types: &[&'a str]) -> Vec<(&'a str, u16)> {
    types.iter().map(|name| (*name, version)).collect()
}

/// Bytes read as a type and written again.
///
/// # Errors
/// serde's, for bytes that are none of this type.
pub fn again<T: Serialize + DeserializeOwned>(stored: &[u8]) -> Again<Vec<u8>> {
    Ok(serde_json::to_vec(&serde_json::from_slice::<T>(stored)?)?)
}

/// JSON read as a type and written again.
///
/// # Errors
/// serde's, for a value that is none of this type.
pub fn again_as_json<T: Serialize + DeserializeOwned>(stored: Value) -> Again<Value> {
    Ok(serde_json::to_value(serde_json::from_value::<T>(stored)?)?)
}

/// The words of values that serde writes as text. Each is read back.
///
/// # Panics
/// If a value is not written as text, or is not read back as the same.
#[must_use]
pub fn words_of<T>(values: impl IntoIterator<Item = T>) -> Vec<String>
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    values
        .into_iter()
        .map(|value| {
            let word = serde_json::to_value(&value).unwrap();
            assert_eq!(serde_json::from_value::<T>(word.clone()).unwrap(), value);
            word.as_str().unwrap().to_owned()
        })
        .collect()
}

/// An id for a constant.
///
/// # Panics
/// If the text is no UUID; in a constant that is an error of the compiler.
#[must_use]
pub const fn uuid(text: &str) -> Uuid {
    match Uuid::try_parse(text) {
        Ok(uuid) => uuid,
        Err(_) => panic!("not a UUID"),
    }
}

fn file_names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// A folder with these files, and what reading it says.
    fn fault(files: &[(&str, &str)], check: impl Fn(&Shelf)) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tests/golden/shelf");
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        let shelf = Golden::of(folder.path().to_str().unwrap()).shelf("shelf");
        let caught = catch_unwind(AssertUnwindSafe(|| check(&shelf))).err()?;
        Some(*caught.downcast::<String>().unwrap())
    }

    fn same(_: &str, _: u16, body: &[u8]) -> Again<Vec<u8>> {
        Ok(body.to_vec())
    }

    #[test]
    fn every_type_has_a_file_and_every_file_a_type() {
        let files = [("Done.v1.json", "{}"), ("Done.v1.minimal.json", "{}")];
        assert_eq!(fault(&files, |shelf| shelf.records(&[("Done", 1)], same)), None);
        let missing = fault(&files, |shelf| shelf.records(&[("Done", 1), ("Gone", 1)], same));
        assert!(missing.unwrap().contains("shelf/Gone.v1.json is missing"));
        let unread = fault(&files, |shelf| shelf.records(&[("Don", 1)], same));
        assert!(
            unread
                .unwrap()
                .contains("shelf/Done.v1.json: nothing in the code")
        );
    }

    #[test]
    fn a_record_that_is_written_otherwise_is_shown() {
        let written = |_: &str, _: u16, _: &[u8]| Ok(br#"{"b":1}"#.to_vec());
        let fault = fault(&[("Done.v1.json", r#"{"a":1}"#)], |shelf| {
            shelf.records(&[("Done", 1)], written);
        });
        assert!(
            fault
                .unwrap()
                .contains("stored:  {\"a\":1}\n  written: {\"b\":1}")
        );
    }

    #[test]
    fn an_older_version_is_held_to_the_value_beside_it() {
        let files = [
            ("Done.v1.json", "1"),
            ("Done.v1.expected.json", "2"),
            ("Done.v2.json", "2"),
        ];
        let check = |shelf: &Shelf| {
            shelf.records(&[("Done", 2)], |_, _, _| Ok(b"2".to_vec()));
        };
        assert_eq!(fault(&files, check), None);
        let without_value = [files[0], files[2]];
        assert!(
            fault(&without_value, check)
                .unwrap()
                .contains("Done.v1.expected.json")
        );
        let of_no_version = [files[0], files[1], files[2], ("Done.v3.json", "3")];
        assert!(
            fault(&of_no_version, check)
                .unwrap()
                .contains("shelf/Done.v3.json")
        );
    }

    #[test]
    fn columns_are_compared_as_json_and_words_as_a_set() {
        let column = [("row.json", r#"{"a":1,"b":2}"#)];
        let swapped = |_: &str, _: Value| Ok(serde_json::json!({ "b": 2, "a": 1 }));
        assert_eq!(fault(&column, |shelf| shelf.columns(&["row"], swapped)), None);
        let words = [("kind.json", r#"["B","A"]"#)];
        assert_eq!(
            fault(&words, |shelf| shelf.words(&[("kind", vec!["A", "B"])])),
            None
        );
        let renamed = fault(&words, |shelf| shelf.words(&[("kind", vec!["A", "C"])])).unwrap();
        assert!(renamed.contains("\"B\" is not written any more"));
        assert!(renamed.contains("\"C\" is new: add it"));
    }
}
