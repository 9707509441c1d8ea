//! Several processes append to one log while transactions roll back and hold the lock, and somebody follows: no gap, no
//! skip, no reorder.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use groundwire_eventlog::{
    AppendError, Appender, ExpectedVersion, Follower, LogId, Position, Reader, Record, StreamVersion,
    Unavailability, Unit, WakeUps,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{Database, PATIENCE, Statement, new_log, open, options, record, stream, unit, unit_at};

const PROCESSES: usize = 3;
const WRITERS: usize = 6;
const UNITS: usize = 60;
const LOG_VARIABLE: &str = "EVENTLOG_TEST_CHILD_LOG";
const DATABASE_VARIABLE: &str = "EVENTLOG_TEST_CHILD_DATABASE";

/// One process of [`processes_roll_backs_and_open_transactions_leave_no_gap`], which starts it with the variables.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by another test"]
#[expect(
    clippy::disallowed_methods,
    reason = "a child is told by its parent what to append to"
)]
async fn a_child_process_appends() {
    let (Ok(log), Ok(database)) = (std::env::var(LOG_VARIABLE), std::env::var(DATABASE_VARIABLE)) else {
        return;
    };
    let log = LogId(Uuid::parse_str(&log).unwrap());
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(4)
        .connect_with(crate::support::writer_of(&database))
        .await
        .unwrap();
    append_much(&pool, log).await;
}

/// Units of one to three records by several writers; some do not fit, some roll their batch back.
async fn append_much(pool: &PgPool, log: LogId) {
    let mut own = options();
    own.deadline = PATIENCE;
    own.max_batch = 4;
    let appender = Appender::open(pool.clone(), log, own).await.unwrap();
    let writers = (0..WRITERS).map(|writer| {
        let appender = appender.clone();
        tokio::spawn(async move {
            let own = stream(&format!("writer/{}", Uuid::new_v4()));
            let mut version = 0;
            for n in 0..UNITS {
                let records: Vec<_> = (0..=n % 3).map(|_| record("Noted", &format!("{n}"))).collect();
                version += records.len() as u64;
                let appended = appender
                    .append(Unit::new(own.clone(), ExpectedVersion::Any, records))
                    .await
                    .unwrap();
                assert_eq!(appended.stream_version, StreamVersion(version));
                if n % 7 == writer {
                    let conflict = appender
                        .append(unit_at(own.as_str(), version + 1, "conflict"))
                        .await;
                    assert!(
                        matches!(conflict, Err(AppendError::VersionConflict { .. })),
                        "{conflict:?}"
                    );
                }
                if n % 11 == writer {
                    let failing = unit("shared", "fails").changing(Statement("SELECT 1/0".to_owned()));
                    let failed = appender.append(failing).await;
                    assert!(
                        matches!(failed, Err(AppendError::ProjectionFailed(_))),
                        "{failed:?}"
                    );
                }
                if n % 5 == 0 {
                    appender.append(unit("shared", "shared")).await.unwrap();
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    appender.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_roll_backs_and_open_transactions_leave_no_gap() {
    let database = Database::create().await;
    let pool = database.writer(6).await;
    let log = new_log();
    let (appender, reader) = open(&pool, log).await;
    appender.append(unit("shared", "first")).await.unwrap();

    let mut children: Vec<_> = (0..PROCESSES).map(|_| start_child(&database, log)).collect();
    let per_writer = (0..UNITS).map(|n| n % 3 + 1).sum::<usize>() + UNITS.div_ceil(5);
    let total = Position((1 + PROCESSES * WRITERS * per_writer) as u64);

    let troublemaker = tokio::spawn(roll_back_again_and_again(database.owner.clone(), log));
    // One follower hears of commits here and by NOTIFY; the other one is in another "process" with a small page.
    let followers = [100, 7].map(|limit| {
        let mut follower = Follower::new(reader.clone(), &WakeUps::new(pool.clone()), Position::ZERO);
        tokio::spawn(async move {
            let mut seen: Vec<Record> = Vec::new();
            while follower.position() < total {
                seen.extend(
                    timeout(PATIENCE, follower.next_batch(limit))
                        .await
                        .expect("in time")
                        .unwrap(),
                );
            }
            seen
        })
    });
    let mut seen = Vec::new();
    for follower in followers {
        seen.push(timeout(PATIENCE * 3, follower).await.expect("in time").unwrap());
    }
    troublemaker.abort();
    for child in &mut children {
        assert!(child.wait().unwrap().success(), "a child process failed");
    }

    let positions: Vec<u64> = seen[0].iter().map(|record| record.position.0).collect();
    assert_eq!(positions, (1..=total.0).collect::<Vec<_>>());
    assert_eq!(seen[0], seen[1]);
    assert_eq!(reader.head().await.unwrap().position, total);
    assert!(reader.verify(&[]).await.unwrap().is_ok());
    // Each writer's records are in the order in which it appended them.
    let mut last: HashMap<&str, usize> = HashMap::new();
    for record in seen[0].iter().filter(|record| record.stream.as_str() != "shared") {
        let n: usize = std::str::from_utf8(&record.body).unwrap().parse().unwrap();
        let before = last.insert(record.stream.as_str(), n).unwrap_or(0);
        assert!(n >= before, "{} after {before} in {}", n, record.stream);
    }
    database.drop().await;
}

fn start_child(database: &Database, log: LogId) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "concurrency::a_child_process_appends",
            "--ignored",
            "--nocapture",
        ])
        .env(LOG_VARIABLE, log.to_string())
        .env(DATABASE_VARIABLE, &database.name)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Takes the lock, writes the next record as an appender would, lingers with it written, and rolls back.
async fn roll_back_again_and_again(owner: PgPool, log: LogId) {
    loop {
        let mut transaction = owner.begin().await.unwrap();
        sqlx::query(
            "INSERT INTO eventlog.records SELECT log, h.position + 1, 1773576000000000, 'rolled/back', 1, \
             gen_random_uuid(), 'RolledBack', 1, '', '{}', NULL, h.hash, sha256('x') \
             FROM eventlog.lock_log($1, '{}', '{}', '{}') h, (SELECT $1 AS log) l",
        )
        .bind(log.0)
        .execute(&mut *transaction)
        .await
        .unwrap();
        sqlx::query("SELECT pg_sleep(0.02)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.rollback().await.unwrap();
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_open_transaction_that_holds_the_lock_delays_but_never_breaks() {
    let database = Database::create().await;
    let pool = database.writer(6).await;
    let log = new_log();
    let mut own = options();
    own.deadline = Duration::from_millis(1500);
    let appender = Appender::open(pool.clone(), log, own).await.unwrap();
    let reader = Reader::new(pool.clone(), log);

    let mut holder = database.owner.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(eventlog.lock_key($1))")
        .bind(log.0)
        .execute(&mut *holder)
        .await
        .unwrap();
    let refused = timeout(PATIENCE, appender.append(unit("a", "never")))
        .await
        .unwrap();
    assert!(
        matches!(&refused, Err(AppendError::Unavailable(_))),
        "{refused:?}"
    );
    assert!(refused.unwrap_err().is_passing());
    holder.rollback().await.unwrap();

    assert_eq!(appender.append(unit("a", "now")).await.unwrap().last, Position(1));
    let records = reader.read_log(Position::ZERO, 10).await.unwrap();
    assert_eq!(
        records
            .iter()
            .map(|record| record.body.as_slice())
            .collect::<Vec<_>>(),
        [b"now"]
    );
    database.drop().await;
}

#[tokio::test]
async fn a_full_queue_refuses_in_time_and_what_waited_is_not_written_later() {
    let database = Database::create().await;
    let pool = database.writer(6).await;
    let log = new_log();
    let mut own = options();
    own.deadline = Duration::from_millis(1500);
    own.queue_capacity = 1;
    own.max_batch = 1;
    let appender = Appender::open(pool.clone(), log, own).await.unwrap();
    let mut holder = database.owner.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(eventlog.lock_key($1))")
        .bind(log.0)
        .execute(&mut *holder)
        .await
        .unwrap();
    let answers = timeout(
        PATIENCE,
        join_all((0..6).map(|_| appender.append(unit("a", "never")))),
    )
    .await
    .unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Err(AppendError::Unavailable(_)))),
        "{answers:?}"
    );
    assert!(
        answers.iter().any(|answer| matches!(
            answer,
            Err(AppendError::Unavailable(Unavailability::QueueFull(_)))
        )),
        "{answers:?}"
    );
    holder.rollback().await.unwrap();
    assert_eq!(appender.append(unit("a", "now")).await.unwrap().last, Position(1));
    database.drop().await;
}

#[tokio::test]
async fn a_follower_wakes_by_notify_from_another_pool_and_by_the_poll_without_it() {
    let database = Database::create().await;
    let (pool, other) = (database.writer(4).await, database.writer(4).await);
    let (appender, _) = open(&pool, new_log()).await;
    let reader = Reader::new(other.clone(), appender.log());
    let mut follower = Follower::new(reader, &WakeUps::new(other), Position::ZERO);
    for n in 1..=20_u64 {
        let (batch, appended) = tokio::join!(
            timeout(PATIENCE, follower.next_batch(10)),
            appender.append(unit("a", "x"))
        );
        assert_eq!(appended.unwrap().last, Position(n));
        assert_eq!(batch.unwrap().unwrap().last().unwrap().position, Position(n));
    }
    // A wait that is given up loses nothing.
    assert!(
        timeout(Duration::from_millis(1), follower.next_batch(10))
            .await
            .is_err()
    );
    appender.append(unit("a", "x")).await.unwrap();
    assert_eq!(
        timeout(PATIENCE, follower.next_batch(10)).await.unwrap().unwrap()[0].position,
        Position(21)
    );
    database.drop().await;
}

/// What a unit of the equivalence test is: stream, expected version, number of records, claim, whether its change fails.
type Plan = (u8, Option<u64>, usize, Option<u8>, bool);

#[tokio::test]
async fn a_batch_ends_as_its_units_would_one_by_one() {
    let plans = proptest::collection::vec(
        (
            0_u8..3,
            proptest::option::of(0_u64..4),
            1_usize..3,
            proptest::option::of(0_u8..4),
            prop::bool::weighted(0.1),
        ),
        1..12,
    );
    let mut runner = TestRunner::deterministic();
    let database = Database::create().await;
    let pool = database.writer(6).await;
    for _ in 0..40 {
        let plan = plans.new_tree(&mut runner).unwrap().current();
        let (together, batch_reader) = open(&pool, new_log()).await;
        let (alone, single_reader) = open(&pool, new_log()).await;
        let batched = join_all(plan.iter().map(|plan| together.append(planned(plan)))).await;
        let mut singly = Vec::new();
        for plan in &plan {
            singly.push(alone.append(planned(plan)).await);
        }
        for (one, other) in batched.iter().zip(&singly) {
            match (one, other) {
                (Ok(one), Ok(other)) => assert_eq!(
                    (one.first, one.last, one.stream_version),
                    (other.first, other.last, other.stream_version)
                ),
                (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
                (Ok(_), Err(_)) | (Err(_), Ok(_)) => panic!("{plan:?}: {batched:?} but {singly:?}"),
            }
        }
        let contents = |records: Vec<Record>| -> Vec<_> {
            records
                .into_iter()
                .map(|record| (record.position, record.stream, record.stream_version))
                .collect()
        };
        assert_eq!(
            contents(batch_reader.read_log(Position::ZERO, 100).await.unwrap()),
            contents(single_reader.read_log(Position::ZERO, 100).await.unwrap())
        );
        assert!(batch_reader.verify(&[]).await.unwrap().is_ok());
    }
    database.drop().await;
}

fn planned(&(name, expected, records, claim, fails): &Plan) -> Unit {
    let expected = expected.map_or(ExpectedVersion::Any, |version| {
        ExpectedVersion::Exactly(StreamVersion(version))
    });
    let records = (0..records).map(|_| record("Noted", "{}")).collect();
    let mut unit = Unit::new(stream(&format!("s/{name}")), expected, records);
    if let Some(claim) = claim {
        unit = unit.claiming("operation", claim.to_string());
    }
    if fails {
        unit.changing(Statement("SELECT 1/0".to_owned()))
    } else {
        unit
    }
}

#[tokio::test]
async fn appenders_of_one_process_share_a_log_without_conflict() {
    let database = Database::create().await;
    let pool = database.writer(8).await;
    let log = new_log();
    let appenders = join_all((0..4).map(|_| Appender::open(pool.clone(), log, options()))).await;
    let appends = appenders.iter().enumerate().flat_map(|(n, appender)| {
        let appender = appender.as_ref().unwrap();
        (0..25).map(move |_| appender.append(unit(&format!("s/{n}"), "x")))
    });
    let mut positions: Vec<u64> = join_all(appends)
        .await
        .into_iter()
        .map(|appended| appended.unwrap().last.0)
        .collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=100).collect::<Vec<_>>());
    // A claim that all want is taken once.
    let claims = appenders.iter().map(|appender| {
        appender
            .as_ref()
            .unwrap()
            .append(unit("c", "x").claiming("k", "one"))
    });
    let won = join_all(claims).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(won, 1);
    let count: i64 = sqlx::query_scalar(AssertSqlSafe("SELECT count(*) FROM eventlog.claims".to_owned()))
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(count, 1);
    let _keeps = Arc::new(appenders);
    database.drop().await;
}
