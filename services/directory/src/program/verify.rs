//! `verify`: proves the tenants' logs and the system log.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use groundwire_envelope::signed::{Domain, Signed, VerifyingKey};
use groundwire_eventlog::{
    Checks, Digest, Head, IncarnationId, KnownHead, LogId, LogReport, Position, ReadError, Record,
    VerificationReport, WitnessedHead,
};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::service::{ProgressLines, say_found};
use groundwire_kit::{config::Loaded, database};
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::log_head::SeenHead;
use prost::Message as _;

use crate::config::Config;
use crate::domain::{ConnectorEvent, TenantEvent, TenantId};
use crate::store::log_heads::StoredCheckpoint;
use crate::store::rebuild::account_event;
use crate::store::{SYSTEM_LOG, Store};

/// The database must answer within this: nobody starts it for us.
pub(super) const DATABASE_DEADLINE: Duration = Duration::from_secs(10);

/// Longest read of one page.
const READ_DEADLINE: Duration = Duration::from_secs(30);

/// How many tenants are listed at a time.
const TENANTS: i64 = 500;

/// The event with which the log of every tenant begins.
const TENANT_CREATED: &str = "TenantCreated";

const BEGUN_ANEW: &str = "The log does not hold the creation of its tenant: it was removed, and the service began another. \
     Keep the database as it is, stop the service, and restore a backup.";

#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct VerifyArguments {
    /// Only the log of this tenant (or with this id)
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
    /// A head that the log must contain; repeatable
    #[arg(long, value_name = "POSITION:HASH", requires = "tenant")]
    expect: Vec<KnownHead>,
    /// Print what was found for a program
    #[arg(long)]
    json: bool,
}

/// Verifies, and says what was found.
pub(super) async fn verify(arguments: VerifyArguments, loaded: &Loaded<Config>) -> anyhow::Result<ExitCode> {
    let pool = database::pool(&loaded.config.database, "groundwire-directory verify")?;
    database::wait_until_ready(&pool, DATABASE_DEADLINE).await?;
    let store = Store::new(pool, Arc::new(SystemClock));
    let report = verify_logs(&store, &arguments).await?;
    let text = if arguments.json {
        report.to_json()?
    } else {
        report.to_text()
    };
    Ok(say_found(&text, report.is_whole())?)
}

async fn verify_logs(store: &Store, arguments: &VerifyArguments) -> anyhow::Result<VerificationReport> {
    let mut report = VerificationReport {
        logs: Vec::new(),
        witnessed: Vec::new(),
    };
    if let Some(tenant) = arguments.tenant {
        verify_log(store, tenant, &arguments.expect, &mut report).await?;
        return Ok(report);
    }
    verify_log(store, SYSTEM_LOG, &[], &mut report).await?;
    let mut after = None;
    loop {
        let page = store.tenants(after, TENANTS).await?;
        let Some(last) = page.last() else {
            return Ok(report);
        };
        after = Some(last.id);
        for tenant in &page {
            verify_log(store, tenant.id, &[], &mut report).await?;
        }
    }
}

/// Verifies one log, against the heads that are given and the checkpoints that are stored.
async fn verify_log(
    store: &Store,
    tenant: TenantId,
    expected: &[KnownHead],
    report: &mut VerificationReport,
) -> anyhow::Result<()> {
    let name = if tenant == SYSTEM_LOG {
        "system log".to_owned()
    } else {
        format!("tenant {tenant}")
    };
    let known_tenant = store.tenant(tenant).await?;
    let (checkpoints, bad_checkpoints) = checkpoints(store, tenant).await?;
    let known: Vec<KnownHead> = expected.iter().chain(&checkpoints).copied().collect();
    let mut progress = ProgressLines::new(name.clone());
    let mut holds_creation = false;
    let reader = store.reader(tenant).with_deadline(READ_DEADLINE);
    let verified = reader
        .verify_with(Checks {
            known: &known,
            read_event: &mut |record| {
                holds_creation |= record.event_type == TENANT_CREATED;
                read_event(record)
            },
            progress: &mut |at| progress.at(at.done.0, at.end.0),
        })
        .await;
    let mut log = match verified {
        Ok(verified) => {
            let is_begun_anew = verified.is_whole() && known_tenant.is_some() && !holds_creation;
            let mut log = LogReport::new(name, verified, compared(expected.len(), checkpoints.len()));
            if is_begun_anew {
                log.add_problem(BEGUN_ANEW);
            }
            log
        }
        Err(ReadError::NoSuchLog(id)) => {
            let should_be = known_tenant.is_some() || !known.is_empty() || reader.has_remains().await?;
            if !should_be && tenant != SYSTEM_LOG {
                anyhow::bail!("there is no tenant {tenant}, and no log with this id");
            }
            let gone = "The head of this log is not there although the log was begun: it was removed. Keep the database as \
                        it is, stop the service, which would begin another log, and restore a backup.";
            LogReport::absent(name, id, should_be.then_some(gone))
        }
        Err(error) => return Err(error).with_context(|| format!("the log of {name}")),
    };
    log.display_name = known_tenant.map(|tenant| tenant.display_name);
    for bad in bad_checkpoints {
        log.add_problem(bad);
    }
    report.logs.push(log);
    for (connector, head) in store.audit_heads(tenant).await? {
        let of = format!("the audit log of connector {connector}");
        report.witnessed.push(WitnessedHead::new(of, log_head(head)));
    }
    Ok(())
}

fn compared(expected: usize, checkpoints: usize) -> Vec<String> {
    vec![
        "the head stored beside the log".to_owned(),
        format!("heads given with --expect: {expected}"),
        format!("checkpoints that connectors signed: {checkpoints}"),
    ]
}

/// Whether this version can read the event of a record, by the stream that it is in.
fn read_event(record: &Record) -> Result<(), String> {
    let (event_type, version, body) = (
        record.event_type.as_str(),
        record.schema_version,
        record.body.as_slice(),
    );
    let connector_event = || {
        ConnectorEvent::parse(event_type, version, body)
            .map(drop)
            .map_err(in_words)
    };
    match record.stream.as_str().split_once('/').map(|(kind, _)| kind) {
        Some("account") => account_event(record).map(drop).map_err(in_words),
        Some("connector") => connector_event(),
        Some("tenant") => match TenantEvent::parse(event_type, body) {
            // An event of a connector's that concerns its tenant.
            Ok(None) => connector_event(),
            Ok(Some(_)) if version == TenantEvent::SCHEMA_VERSION => Ok(()),
            Ok(Some(_)) => Err(format!("unknown schema version {version}")),
            Err(error) => Err(in_words(error)),
        },
        Some(_) | None => Err(format!("no event is recorded in a stream {}", record.stream)),
    }
}

/// An error and its causes on one line.
fn in_words(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}

/// The heads in the stored checkpoints, and what is wrong with those that are not signed as they should be.
async fn checkpoints(store: &Store, tenant: TenantId) -> anyhow::Result<(Vec<KnownHead>, Vec<String>)> {
    let (mut heads, mut bad) = (Vec::new(), Vec::new());
    for checkpoint in store.checkpoints(tenant).await? {
        let connector = checkpoint.connector_id;
        match head_of(checkpoint) {
            Some(head) if head.log == tenant.uuid() => heads.push(log_head(head).into()),
            Some(_) => bad.push(format!(
                "A stored checkpoint of connector {connector} is of another log."
            )),
            None => bad.push(format!(
                "A stored checkpoint of connector {connector} is not signed by the root key of its group: it or the key was changed."
            )),
        }
    }
    Ok((heads, bad))
}

fn log_head(seen: SeenHead) -> Head {
    Head {
        log: LogId(seen.log),
        incarnation: IncarnationId(seen.incarnation),
        position: Position(seen.position),
        hash: Digest(seen.hash),
    }
}

fn head_of(checkpoint: StoredCheckpoint) -> Option<SeenHead> {
    let root: [u8; 32] = checkpoint.root_key?.try_into().ok()?;
    let root = VerifyingKey::from_bytes(&root).ok()?;
    let signed = Signed::try_from(SignedBytes {
        payload: checkpoint.payload,
        key_id: checkpoint.signed_by,
        signature: checkpoint.signature,
    })
    .ok()?;
    let verified = root.verify(Domain::Checkpoint, signed).ok()?;
    SeenHead::try_from(&LogHead::decode(verified.bytes()).ok()?).ok()
}
