//! Appends by 1, 8 and 32 writers beside plain single-row inserts (one row per commit, as many writers) on the same
//! Postgres, interleaved round by round in one run.
//!
//! `append_bench --url postgres://… [--json] [--rounds 7] [--millis 1000]`: makes a database of its own and drops it.
#![allow(clippy::print_stdout, reason = "a command for a person")]
#![allow(
    clippy::disallowed_methods,
    reason = "a bench reads the wall clock like a service does in kit"
)]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use groundwire_eventlog::{
    Appender, AppenderOptions, ExpectedVersion, LogId, Metadata, NewRecord, Position, Reader, StreamName,
    StreamVersion, Unit,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tokio::time::Instant;
use uuid::Uuid;

const WRITERS: [usize; 3] = [1, 8, 32];
const BODY: &[u8] = br#"{"operation_id":"0190f1c0-6c1b-7c3e-9a52-0d6a1f1e2b3c","kind":"SELF_RESET","sequence":17,"attempt":1,"dc":"dc1.corp.example","reasons":[],"durations_us":{"open":41,"resolve":2210,"policy":18,"intent":590,"write":28754}}"#;

struct Arguments {
    url: String,
    json: bool,
    rounds: usize,
    length: Duration,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = arguments()?;
    let server: PgConnectOptions = arguments.url.parse()?;
    let name = format!("append_bench_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect_with(&server).await?;
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await?;
    let outcome = run(&arguments, server.clone().database(&name)).await;
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&mut connection)
        .await?;
    outcome
}

fn arguments() -> anyhow::Result<Arguments> {
    let mut arguments = Arguments {
        url: String::new(),
        json: false,
        rounds: 7,
        length: Duration::from_millis(1000),
    };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut value = || given.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--json" => arguments.json = true,
            "--url" => arguments.url = value()?,
            "--rounds" => arguments.rounds = value()?.parse()?,
            "--millis" => arguments.length = Duration::from_millis(value()?.parse()?),
            _ => bail!("unknown argument {argument}"),
        }
    }
    if arguments.url.is_empty() || arguments.rounds == 0 {
        bail!("usage: append_bench --url postgres://… [--json] [--rounds 7] [--millis 1000]");
    }
    Ok(arguments)
}

async fn run(arguments: &Arguments, database: PgConnectOptions) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(40)
        .connect_with(database)
        .await?;
    groundwire_eventlog::migrate(&pool).await?;
    sqlx::raw_sql(
        "CREATE TABLE public.plain (position bigserial PRIMARY KEY, log uuid NOT NULL, stream text NOT NULL, \
         event_id uuid NOT NULL, event_type text NOT NULL, schema_version int NOT NULL, body bytea NOT NULL, \
         metadata bytea NOT NULL, recorded_at_us bigint NOT NULL)",
    )
    .execute(&pool)
    .await?;
    let log = LogId(Uuid::new_v4());
    let appender = Appender::open(pool.clone(), log, AppenderOptions::new(Arc::new(now_us))).await?;

    let reader = Reader::new(pool.clone(), log).with_deadline(Duration::from_secs(60));
    let mut rows = Vec::new();
    for writers in WRITERS {
        let before = reader.head().await?.position;
        let (mut plain, mut appended, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        // The first round warms connections and caches, and is not counted.
        for round in 0..=arguments.rounds {
            let plain_rate = plain_inserts(&pool, writers, arguments.length).await?;
            let append_rate = appends(&appender, writers, arguments.length).await?;
            if round > 0 {
                plain.push(plain_rate);
                appended.push(append_rate);
                ratios.push(append_rate / plain_rate);
            }
        }
        let per_commit = records_per_commit(&pool, before).await?;
        rows.push((
            writers,
            median(plain),
            median(appended),
            median(ratios),
            per_commit,
        ));
    }
    let head = reader.verify(&[]).await??;
    pool.close().await;

    if arguments.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(writers, plain, appended, ratio, per_commit)| {
                serde_json::json!({"writers": writers, "plain_per_s": plain.round(), "appends_per_s": appended.round(),
                    "ratio": (ratio * 100.0).round() / 100.0, "records_per_commit": (per_commit * 10.0).round() / 10.0})
            })
            .collect();
        println!(
            "{}",
            serde_json::json!({"rounds": arguments.rounds, "round_ms": arguments.length.as_millis() as u64,
            "rows": rows, "verified_records": head.position.0})
        );
    } else {
        println!(
            "{:>8} {:>18} {:>18} {:>10} {:>20}",
            "writers", "plain inserts/s", "appends/s", "ratio", "records per commit"
        );
        for (writers, plain, appended, ratio, per_commit) in rows {
            println!("{writers:>8} {plain:>18.0} {appended:>18.0} {ratio:>9.2}x {per_commit:>20.1}");
        }
        println!(
            "medians of {} interleaved rounds; {} records verified",
            arguments.rounds, head.position
        );
    }
    Ok(())
}

/// The records of one commit share their recorded time.
async fn records_per_commit(pool: &PgPool, after: Position) -> anyhow::Result<f64> {
    let sql = "SELECT count(*)::float8 / greatest(count(DISTINCT recorded_at_us), 1) FROM eventlog.records \
        WHERE position > $1";
    Ok(sqlx::query_scalar(sql)
        .bind(i64::try_from(after.0)?)
        .fetch_one(pool)
        .await?)
}

/// One row per commit, each writer on a connection of its own.
async fn plain_inserts(pool: &PgPool, writers: usize, length: Duration) -> anyhow::Result<f64> {
    let started = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut connection = pool.acquire().await?;
                let mut done = 0_u32;
                while started.elapsed() < length {
                    sqlx::query(
                        "INSERT INTO public.plain (log, stream, event_id, event_type, schema_version, body, metadata, \
                         recorded_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                    )
                    .bind(Uuid::nil())
                    .bind(format!("account/{writer}"))
                    .bind(Uuid::now_v7())
                    .bind("OperationApplied")
                    .bind(1_i32)
                    .bind(BODY)
                    .bind(b"{}".as_slice())
                    .bind(now_us())
                    .execute(&mut *connection)
                    .await?;
                    done += 1;
                }
                anyhow::Ok(done)
            })
        })
        .collect();
    rate(tasks, started).await
}

/// One record per unit, each writer on a stream of its own, waiting for its answer.
async fn appends(appender: &Appender, writers: usize, length: Duration) -> anyhow::Result<f64> {
    let started = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let appender = appender.clone();
            tokio::spawn(async move {
                let stream = StreamName::of("account", Uuid::new_v4())?;
                let mut done = 0_u32;
                while started.elapsed() < length {
                    let expected = ExpectedVersion::Exactly(StreamVersion(u64::from(done)));
                    let record = NewRecord {
                        event_type: "OperationApplied".into(),
                        schema_version: 1,
                        body: BODY.to_vec(),
                        metadata: Metadata::default(),
                        erasable: None,
                    };
                    appender
                        .append(Unit::new(stream.clone(), expected, vec![record]))
                        .await?;
                    done += 1;
                }
                anyhow::Ok(done)
            })
        })
        .collect();
    rate(tasks, started).await
}

async fn rate(
    tasks: Vec<tokio::task::JoinHandle<anyhow::Result<u32>>>,
    started: Instant,
) -> anyhow::Result<f64> {
    let mut done = 0.0;
    for task in tasks {
        done += f64::from(task.await??);
    }
    Ok(done / started.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn now_us() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .unwrap_or_default()
}
