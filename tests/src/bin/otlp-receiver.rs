//! Receives traces over OTLP/gRPC and shows them: for tests and the demo, not for production.
#![allow(clippy::print_stdout, reason = "a command for people")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use groundwire_tests::otlp::{self, Receiver};
use groundwire_tests::span_tree;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Receives spans into a file, one JSON line each.
    Serve {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:4317")]
        listen: SocketAddr,
        /// The file.
        #[arg(long, default_value = "/spans/spans.jsonl")]
        file: PathBuf,
    },
    /// Succeeds when a server answers at the address.
    Healthcheck {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:4317")]
        address: SocketAddr,
    },
    /// Draws one trace from one or more files.
    Tree {
        /// Trace id, 32 hex digits.
        trace_id: String,
        /// The files of all receivers.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The spans as JSON lines instead.
        #[arg(long)]
        json: bool,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Serve { listen, file } => serve(listen, file).await,
        Command::Healthcheck { address } => {
            let dial = tokio::net::TcpStream::connect(address);
            tokio::time::timeout(Duration::from_secs(2), dial)
                .await
                .context("no answer in 2 s")??;
            Ok(())
        }
        Command::Tree {
            trace_id,
            files,
            json,
        } => tree(&trace_id, &files, json),
    }
}

async fn serve(listen: SocketAddr, file: PathBuf) -> anyhow::Result<()> {
    let receiver = Receiver::open(&file)
        .await
        .with_context(|| format!("cannot write {}", file.display()))?;
    let mut stop = signal(SignalKind::terminate())?;
    println!("receiving traces on {listen} into {}", file.display());
    tonic::transport::Server::builder()
        .add_service(receiver.into_service())
        .serve_with_shutdown(listen, async move {
            stop.recv().await;
        })
        .await?;
    Ok(())
}

fn tree(trace_id: &str, files: &[PathBuf], json: bool) -> anyhow::Result<()> {
    let mut spans = Vec::new();
    for file in files {
        let read = otlp::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        spans.extend(read.into_iter().filter(|span| span.trace_id == trace_id));
    }
    if spans.is_empty() {
        bail!("no span of trace {trace_id} was received (spans arrive up to 5 s late)");
    }
    if json {
        for span in &spans {
            println!("{}", serde_json::to_string(span)?);
        }
    } else {
        println!("trace {trace_id}\n{}", span_tree::draw(&spans));
    }
    Ok(())
}
