//! No files of a crate take from each other in a loop.

use std::fs;

use super::modules::{Crate, circles};
use super::{crate_folders, root};

#[test]
fn no_files_of_a_crate_form_a_circle() {
    let mut found = String::new();
    for folder in crate_folders() {
        for (files, arrows) in circles(&Crate::read(&root().join(folder).join("src")).arrows()) {
            found.push_str(&format!("\n{folder}: a circle of {} files\n", files.len()));
            for arrow in arrows {
                found.push_str(&format!(
                    "  {} takes {} from {}\n",
                    arrow.from.display(),
                    arrow.name,
                    arrow.to.display()
                ));
            }
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn a_circle_that_was_put_in_on_purpose_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("lib.rs", "mod a; mod b; mod c; pub use a::A;");
    write("a.rs", "use crate::b::B; pub struct A(B);");
    write("b.rs", "pub struct B; pub fn make() -> crate::A { todo!() }");
    write(
        "c.rs",
        "use super::A; #[cfg(test)] mod tests { use crate::b::B; }",
    );
    let found = circles(&Crate::read(folder.path()).arrows());
    assert_eq!(found.len(), 1, "{found:?}");
    let (files, arrows) = &found[0];
    assert_eq!(
        files.len(),
        2,
        "c takes from the circle and is not in it: {files:?}"
    );
    assert_eq!(arrows.len(), 2, "{arrows:?}");
    // Without the way back there is none.
    write("b.rs", "pub struct B;");
    assert!(circles(&Crate::read(folder.path()).arrows()).is_empty());
}
