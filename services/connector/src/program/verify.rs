//! `verify`: proves the audit log.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use groundwire_eventlog::{
    Checks, Digest, Head, IncarnationId, KnownHead, LogId, LogReport, Position, ReadError, Reader,
    VerificationReport, WitnessedHead,
};
use groundwire_kit::service::{ProgressLines, say_found};
use groundwire_kit::{config::Loaded, database};
use sqlx::PgPool;

use crate::audit;
use crate::config::Config;
use crate::identity::IdentityFolder;
use crate::uplink::DirectoryHeads;

/// The database must answer within this: nobody starts it for us.
pub(super) const DATABASE_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct VerifyArguments {
    /// A head that the log must contain; repeatable
    #[arg(long, value_name = "POSITION:HASH")]
    expect: Vec<KnownHead>,
    /// Print what was found for a program
    #[arg(long)]
    json: bool,
}

/// Verifies, and says what was found.
pub(super) async fn verify(arguments: VerifyArguments, loaded: &Loaded<Config>) -> anyhow::Result<ExitCode> {
    let pool = database::pool(&loaded.config.database, "groundwire-connector verify")?;
    database::wait_until_ready(&pool, DATABASE_DEADLINE).await?;
    let reader = audit::open_reader(pool.clone())
        .await
        .context("the audit store cannot be read (was `migrate` run?)")?
        .context("connector.audit_store names no log: its row was removed")?;
    let report = VerificationReport {
        logs: vec![verify_log(&pool, &reader, &arguments.expect).await?],
        witnessed: directory_head(&loaded.config).into_iter().collect(),
    };
    let text = if arguments.json {
        report.to_json()?
    } else {
        report.to_text()
    };
    Ok(say_found(&text, report.is_whole())?)
}

async fn verify_log(pool: &PgPool, reader: &Reader, expected: &[KnownHead]) -> anyhow::Result<LogReport> {
    const NAME: &str = "audit log";
    let mut progress = ProgressLines::new(NAME);
    let verified = reader
        .verify_with(Checks {
            known: expected,
            read_event: &mut |record| {
                audit::read_event(record).map_err(|error| format!("{:#}", anyhow::Error::from(error)))
            },
            progress: &mut |at| progress.at(at.done.0, at.end.0),
        })
        .await;
    let compared = vec![
        "the head stored beside the log".to_owned(),
        format!("heads given with --expect: {}", expected.len()),
    ];
    match verified {
        Ok(verified) => Ok(LogReport::new(NAME, verified, compared)),
        Err(ReadError::NoSuchLog(log)) => {
            let gone = "The head of this log is not there although the log was begun: it was removed. Keep the database as \
                        it is, do not start the service, which would begin another log, and restore a backup.";
            let should_be = !expected.is_empty() || audit::was_begun(pool, reader).await?;
            Ok(LogReport::absent(NAME, log, should_be.then_some(gone)))
        }
        Err(error) => Err(error).context("the audit log"),
    }
}

/// How far this connector saw its tenant's log at the directory.
fn directory_head(config: &Config) -> Option<WitnessedHead> {
    let folder = IdentityFolder::new(&config.identity.folder);
    let seen = DirectoryHeads::load(folder.directory_head()).seen()?;
    let head = Head {
        log: LogId(seen.log),
        incarnation: IncarnationId(seen.incarnation),
        position: Position(seen.position),
        hash: Digest(seen.hash),
    };
    Some(WitnessedHead::new("the tenant's log at the directory", head))
}
