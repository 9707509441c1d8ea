//! What the role of a service may do, and that it can go on with that for ever.

use groundwire_eventlog::{Appender, Position, Reader, ensure_partitions, isolate_by_setting};
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::{Database, NOON_US, TestClock, new_log, open, options, unit};

const INSUFFICIENT_PRIVILEGE: &str = "42501";
const RESTRICT_VIOLATION: &str = "23001";
const UNIQUE_VIOLATION: &str = "23505";
const SERIALIZATION_FAILURE: &str = "40001";

fn code(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .expect("a database error")
        .into_owned()
}

#[tokio::test]
async fn a_writer_inserts_and_selects_and_nothing_else() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    let mut first = unit("a", "0").claiming("operation", "one");
    first.records[0].erasable = Some(b"{}".to_vec());
    appender.append(first).await.unwrap();

    let tables = [
        "records",
        "records_2026_03",
        "erasable_parts",
        "claims",
        "log_heads",
        "stream_heads",
    ];
    for table in tables {
        let column = if table == "stream_heads" {
            "version"
        } else {
            "position"
        };
        let statements = [
            format!("UPDATE eventlog.{table} SET {column} = {column}"),
            format!("DELETE FROM eventlog.{table}"),
            format!("TRUNCATE eventlog.{table}"),
            format!("DROP TABLE eventlog.{table}"),
            format!("ALTER TABLE eventlog.{table} DISABLE TRIGGER ALL"),
        ];
        for sql in statements {
            let error = sqlx::query(AssertSqlSafe(sql.clone()))
                .execute(&pool)
                .await
                .expect_err(&sql);
            assert_eq!(code(&error), INSUFFICIENT_PRIVILEGE, "{sql}");
            // The owner may by right; the triggers refuse (heads are updated, by the trigger of the records only).
            let owner_may = (sql.starts_with("UPDATE") && table.ends_with("heads"))
                || (sql.starts_with("DELETE") && table == "erasable_parts")
                || sql.starts_with("DROP")
                || sql.starts_with("ALTER");
            if !owner_may {
                let error = sqlx::query(AssertSqlSafe(sql.clone()))
                    .execute(&database.owner)
                    .await
                    .expect_err(&sql);
                assert_eq!(code(&error), RESTRICT_VIOLATION, "{sql}");
            }
        }
    }
    for sql in [
        "INSERT INTO eventlog.log_heads VALUES (gen_random_uuid(), gen_random_uuid(), 0, sha256(''))",
        "INSERT INTO eventlog.stream_heads VALUES (gen_random_uuid(), 'a', 1)",
        "INSERT INTO eventlog.records_2026_03 SELECT * FROM eventlog.records",
        "SELECT eventlog.grant_writer('public')",
        "SELECT eventlog.erase_parts(gen_random_uuid(), '{1}')",
        "SELECT eventlog.isolate_by_setting('x')",
        "CREATE TABLE eventlog.mine ()",
    ] {
        let error = sqlx::query(sql).execute(&pool).await.expect_err(sql);
        assert_eq!(code(&error), INSUFFICIENT_PRIVILEGE, "{sql}");
    }
    assert!(reader.verify(&[]).await.unwrap().is_ok());
    database.drop().await;
}

/// Inserts rows after the log's first record. Columns: position, µs after that record, stream, its version, previous hash.
async fn insert(pool: &PgPool, values: &str) -> Result<(), sqlx::Error> {
    let sql = format!(
        "INSERT INTO eventlog.records SELECT r.log, v.position, r.recorded_at_us + v.later, v.stream, v.version, \
         gen_random_uuid(), 'x', 1, '', '{{}}', NULL, v.previous, sha256(v.position::text::bytea) \
         FROM eventlog.records r, LATERAL (VALUES {values}) AS v (position, later, stream, version, previous) \
         WHERE r.position = 1"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map(drop)
}

/// By the trigger, or before it by a key.
async fn is_refused(pool: &PgPool, values: &str) {
    let error = insert(pool, values).await.expect_err(values);
    assert!(
        [SERIALIZATION_FAILURE, UNIQUE_VIOLATION].contains(&code(&error).as_str()),
        "{values}: {error}"
    );
}

#[tokio::test]
async fn a_writer_cannot_insert_records_that_do_not_continue_the_heads() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    appender.append(unit("a", "0")).await.unwrap();
    // Each row but the last case breaks one rule.
    for values in [
        "(3, 0, 'a', 2, r.hash)",
        "(1, 1, 'a', 2, r.hash)",
        "(2, 0, 'a', 3, r.hash)",
        "(2, 0, 'a', 1, r.hash)",
        "(2, 0, 'b', 2, r.hash)",
        "(2, 0, 'a', 2, sha256('x'))",
        "(2, 0, 'a', 2, r.hash), (4, 0, 'a', 3, sha256('2'))",
        "(2, 0, 'a', 2, r.hash), (3, 0, 'a', 3, r.hash)",
        "(2, 0, 'a', 2, r.hash), (3, 0, 'a', 4, sha256('2'))",
        "(2, 0, 'a', 2, r.hash), (3, 1, 'a', 2, sha256('2')), (4, 0, 'a', 4, sha256('3'))",
    ] {
        is_refused(&pool, values).await;
    }
    // One that continues them goes in (its hash is not right: verify finds that), and the appender goes on after it.
    insert(&pool, "(2, 0, 'a', 2, r.hash), (3, 0, 'b', 1, sha256('2'))")
        .await
        .unwrap();
    assert_eq!(appender.append(unit("a", "3")).await.unwrap().last, Position(4));
    assert_eq!(
        reader.verify(&[]).await.unwrap().unwrap_err().position,
        Position(2)
    );
    database.drop().await;
}

#[tokio::test]
async fn a_long_batch_is_held_to_the_heads_like_a_short_one() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, _reader) = open(&pool, new_log()).await;
    appender.append(unit("a", "0")).await.unwrap();
    // One row more than the trigger takes row by row.
    let good = [
        "(2, 0, 'a', 2, r.hash)",
        "(3, 0, 'a', 3, sha256('2'))",
        "(4, 0, 'a', 4, sha256('3'))",
        "(5, 0, 'a', 5, sha256('4'))",
        "(6, 0, 'a', 6, sha256('5'))",
    ];
    // Each breaks one rule, in place of the good row.
    for (row, broken) in [
        (0, "(2, 0, 'a', 2, sha256('x'))"),
        (2, "(4, 0, 'a', 4, sha256('x'))"),
        (4, "(7, 0, 'a', 6, sha256('5'))"),
        (2, "(4, 1, 'a', 4, sha256('3'))"),
        (4, "(6, 0, 'a', 7, sha256('5'))"),
        (4, "(6, 0, 'b', 2, sha256('5'))"),
        (0, "(2, 0, 'b', 1, r.hash)"),
    ] {
        let mut rows = good;
        rows[row] = broken;
        is_refused(&pool, &rows.join(", ")).await;
    }
    insert(&pool, &good.join(", ")).await.unwrap();
    assert_eq!(appender.append(unit("a", "6")).await.unwrap().last, Position(7));
    database.drop().await;
}

#[tokio::test]
async fn a_writer_goes_on_into_the_next_months_and_years() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let log = new_log();
    let clock = TestClock::at(NOON_US);
    let appender = Appender::open(pool.clone(), log, clock.options()).await.unwrap();
    let day: i64 = 86_400_000_000;
    let months = [0, 31, 62, 92, 123, 306, 306 + 366, -62];
    for (n, days) in months.into_iter().enumerate() {
        clock.set(NOON_US + days * day);
        let appended = appender.append(unit("a", &n.to_string())).await.unwrap();
        assert_eq!(appended.recorded_at_us, NOON_US + days * day);
    }
    let reader = Reader::new(pool.clone(), log);
    let bodies: Vec<_> = reader
        .read_log(Position::ZERO, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.body)
        .collect();
    assert_eq!(bodies, [b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7"]);
    assert!(reader.verify(&[]).await.unwrap().is_ok());
    let partitions: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT tableoid::regclass::text FROM eventlog.records ORDER BY 1")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(partitions.len(), months.len(), "{partitions:?}");

    // Edges of a month belong to one partition each.
    let march = ensure_partitions(&pool, NOON_US, 0).await.unwrap();
    assert_eq!(ensure_partitions(&pool, march.from_us, 0).await.unwrap(), march);
    assert_eq!(
        ensure_partitions(&pool, march.until_us - 1, 0).await.unwrap(),
        march
    );
    assert_eq!(
        ensure_partitions(&pool, march.until_us, 0).await.unwrap().from_us,
        march.until_us
    );
    database.drop().await;
}

#[tokio::test]
async fn with_isolation_a_session_sees_and_writes_only_its_own_log() {
    let database = Database::create().await;
    isolate_by_setting(&database.owner, "groundwire.tenant")
        .await
        .unwrap();
    let pool = database.writer(4).await;
    let (mine, other) = (new_log(), new_log());
    for log in [mine, other] {
        let mut own = options();
        own.session_settings = vec![("groundwire.tenant".to_owned(), log.to_string())];
        let appender = Appender::open(pool.clone(), log, own).await.unwrap();
        let mut one = unit("a", "0").claiming("operation", "one");
        one.records[0].erasable = Some(b"{}".to_vec());
        appender.append(one).await.unwrap();
    }
    let as_mine = |reader: Reader| {
        reader.with_session_settings(vec![("groundwire.tenant".to_owned(), mine.to_string())])
    };
    let reader = as_mine(Reader::new(pool.clone(), mine));
    assert_eq!(reader.read_log(Position::ZERO, 10).await.unwrap().len(), 1);
    assert!(reader.verify(&[]).await.unwrap().is_ok());
    let foreign = as_mine(Reader::new(pool.clone(), other));
    assert_eq!(foreign.read_log(Position::ZERO, 10).await.unwrap().len(), 0);
    assert_eq!(foreign.claimed_at("operation", "one").await.unwrap(), None);
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM eventlog.records")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(seen, 0, "without the setting nothing is seen");
    database.drop().await;
}
