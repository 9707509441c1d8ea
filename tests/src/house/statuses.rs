//! gRPC statuses are made in one place per service: outside `grpc/` an error says its class, and nothing of gRPC.

use std::fs;
use std::path::Path;

use super::{contains_name, product_lines, root, rust_files};

/// Where each service makes statuses, and where it reads those of others: the connector's `uplink` is a client of the
/// gateway, and a status is what a client's calls fail with.
const SERVICES: &[(&str, &[&str])] = &[
    ("services/directory/src", &["grpc"]),
    ("services/connector/src", &["grpc", "uplink"]),
];

/// Every line of a service that names `tonic::Status` outside the rooms that may.
fn statuses(source: &Path, rooms: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files(source) {
        let path = file.strip_prefix(source).unwrap();
        if rooms.iter().any(|room| path.starts_with(room)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let named = product_lines(&text).filter(|(_, code)| contains_name(code, "Status"));
        found.extend(named.map(|(number, code)| format!("{}:{number}: {}", file.display(), code.trim())));
    }
    found
}

#[test]
fn statuses_are_made_at_the_grpc_edge_only() {
    for (source, rooms) in SERVICES {
        let source = root().join(source);
        for room in *rooms {
            assert!(
                source.join(room).is_dir(),
                "{room} is not in {}",
                source.display()
            );
        }
        let found = statuses(&source, rooms);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn a_status_that_was_put_in_on_purpose_is_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("grpc")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("grpc/status.rs", "use tonic::Status;");
    write(
        "lib.rs",
        "// tonic::Status\nstruct ServingStatus;\n#[cfg(test)] use tonic::Status;",
    );
    assert!(statuses(folder.path(), &["grpc"]).is_empty());
    for text in [
        "use tonic::{Status, Streaming};",
        "fn f() -> tonic::Status { todo!() }",
        "fn f() { drop(Status::internal(\"\")) }",
    ] {
        write("lib.rs", text);
        assert_eq!(statuses(folder.path(), &["grpc"]).len(), 1, "{text}");
    }
}
