//! What earlier versions left in their databases, and what their API answered about it: the folders of `tests/upgrade`, which
//! `deploy/scripts/make-upgrade-dump.sh` makes.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// One folder of `tests/upgrade`.
#[derive(Debug)]
pub struct EarlierVersion {
    /// The commit whose binaries filled the database.
    pub name: String,
    /// The directory's database, as SQL.
    pub directory: String,
    /// The connector's database, as SQL.
    pub connector: String,
    /// By tenant and question, what the directory's API answered when the dumps were made.
    pub answers: Value,
}

impl EarlierVersion {
    /// The operations of all tenants, as the API told them.
    #[must_use]
    pub fn operations(&self) -> Vec<&Value> {
        (self
            .answers
            .as_object()
            .into_iter()
            .flat_map(|tenants| tenants.values()))
        .filter_map(|answers| answers["operations"]["operations"].as_array())
        .flatten()
        .collect()
    }
}

/// Every version whose databases are kept.
///
/// # Panics
/// Where there is none, or a file of one is missing.
#[must_use]
pub fn earlier_versions() -> Vec<EarlierVersion> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/upgrade");
    let mut found: Vec<EarlierVersion> = fs::read_dir(&all)
        .unwrap_or_else(|error| panic!("{}: {error}", all.display()))
        .map(|entry| {
            let folder = entry.unwrap().path();
            let read = |name: &str| {
                let path = folder.join(name);
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            };
            EarlierVersion {
                name: folder.file_name().unwrap().to_string_lossy().into_owned(),
                directory: read("directory.sql"),
                connector: read("connector.sql"),
                answers: serde_json::from_str(&read("answers.json")).unwrap(),
            }
        })
        .collect();
    assert!(!found.is_empty(), "{} is empty", all.display());
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// Where `now` does not say what `before` said. It may say more: a later version may add fields.
#[must_use]
pub fn first_difference(before: &Value, now: &Value) -> Option<String> {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => before.iter().find_map(|(key, before)| {
            first_difference(before, now.get(key).unwrap_or(&Value::Null)).map(|at| format!(".{key}{at}"))
        }),
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => (before.iter().zip(now))
            .enumerate()
            .find_map(|(index, (before, now))| {
                first_difference(before, now).map(|at| format!("[{index}]{at}"))
            }),
        (before, now) if before == now => None,
        (before, now) => Some(format!(": {before} became {now}")),
    }
}
