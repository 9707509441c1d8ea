//! Statements of the services go through a `Session` of the event log, which ends each at a deadline and closes its
//! connection then: a pool of sqlx itself waits for a server that is gone without a word for as long as the kernel does.

use std::fs;
use std::path::Path;

use super::{contains_name, product_lines, root, rust_files};

/// Where statements are, and the files that may use a pool itself: what the owner of a schema does while no service runs,
/// what makes sessions, and a listener, which has a pool of its own.
const CRATES: &[(&str, &[&str])] = &[
    ("services/directory/src", &["store/schema.rs"]),
    ("services/connector/src", &["audit/schema.rs"]),
    (
        "services/eventlog/src",
        &["schema.rs", "session.rs", "wake_up.rs"],
    ),
];

const RUNS: &[&str] = &[
    ".execute(",
    ".fetch(",
    ".fetch_all(",
    ".fetch_one(",
    ".fetch_optional(",
];
const TAKES: &[&str] = &["pool.acquire(", "pool.begin(", "pool.begin_with(", "PgListener"];

/// Every line that runs a statement on a pool, or takes a connection of one.
fn statements_on_pools(source: &Path, exempt: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files(source) {
        let path = file.strip_prefix(source).unwrap();
        if exempt.iter().any(|name| path == Path::new(name)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let on_pools = product_lines(&text).filter(|(_, code)| is_on_a_pool(code));
        found.extend(on_pools.map(|(number, code)| format!("{}:{number}: {}", file.display(), code.trim())));
    }
    found
}

fn is_on_a_pool(code: &str) -> bool {
    let runs = RUNS.iter().any(|run| {
        code.split_once(run)
            .is_some_and(|(_, executor)| contains_name(executor, "pool") && !executor.contains("Session::"))
    });
    runs || TAKES.iter().any(|take| code.contains(take))
}

#[test]
fn statements_go_through_sessions() {
    for (source, exempt) in CRATES {
        let source = root().join(source);
        for name in *exempt {
            assert!(
                source.join(name).is_file(),
                "{name} is not in {}",
                source.display()
            );
        }
        let found = statements_on_pools(&source, exempt);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn a_statement_on_a_pool_that_was_put_in_on_purpose_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| fs::write(folder.path().join("store.rs"), text).unwrap();
    for right in [
        "let rows = query.fetch_all(&mut session).await?;",
        "query.fetch_one(&mut Session::acquire(&pool, DEADLINE).await?)",
        "// query.execute(&pool)",
    ] {
        write(right);
        assert!(statements_on_pools(folder.path(), &[]).is_empty(), "{right}");
    }
    for wrong in [
        "query.fetch_all(&self.pool).await?;",
        "sqlx::query(\"SELECT 1\").execute(store.pool()).await",
        ".fetch_optional(pool)",
        "let connection = self.pool.acquire().await?;",
        "let mut transaction = pool.begin().await?;",
    ] {
        write(wrong);
        assert_eq!(statements_on_pools(folder.path(), &[]).len(), 1, "{wrong}");
        assert!(statements_on_pools(folder.path(), &["store.rs"]).is_empty());
    }
}
