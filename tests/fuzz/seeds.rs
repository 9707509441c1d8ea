//! Runs the committed seeds through the properties without a fuzzer. Each crate with properties takes this file in as a
//! module of its unit tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What is held true of any bytes.
pub(crate) type Property = fn(&[u8]);

/// Runs each seed of `<crate_name>_<target>`. Fails for a target without seeds, and for seeds without a target.
pub(crate) fn keep(crate_name: &str, targets: &[(&str, Property)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds");
    let prefix = format!("{crate_name}_");
    let seeded: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned))
        .collect();
    let named: BTreeSet<String> = targets.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        seeded,
        named,
        "folders of {} beside the targets",
        folder.display()
    );
    for (name, property) in targets {
        let mut seeds = 0;
        for entry in fs::read_dir(folder.join(format!("{prefix}{name}"))).unwrap() {
            let path = entry.unwrap().path();
            // Shown by the test harness if the property fails, and only then.
            println!("{}", path.display());
            property(&fs::read(&path).unwrap());
            seeds += 1;
        }
        assert!(seeds > 0, "{name} has no seeds");
        property(&[]);
    }
}
