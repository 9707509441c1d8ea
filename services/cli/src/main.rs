//! `groundwire`: the operator's command. It calls the public gRPC API and nothing else, so whatever it can do, an app
//! can do. `--json` prints the API's own messages (canonical protobuf JSON).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]

mod accounts;
mod arguments;
mod audit;
mod connection;
mod exit;
mod operations;
mod passwords;
mod show;
mod tenants;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use connection::Connection;
use exit::Exit;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("groundwire: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let Arguments { global, command } = arguments;
    let connection = Connection::open(&global)?;
    match command {
        Command::Status(command) => tenants::status(&connection, command).await,
        Command::Password(command) => operations::password(&connection, command).await,
        Command::Account(command) => accounts::run(&connection, command).await,
        Command::Operation(command) => operations::run(&connection, command).await,
        Command::Tenant(command) => tenants::tenant(&connection, command).await,
        Command::Group(command) => tenants::group(&connection, command).await,
        Command::Enrollment(command) => tenants::enrollment(&connection, command).await,
        Command::Connector(command) => tenants::connector(&connection, command).await,
        Command::Settings(command) => tenants::settings(&connection, command).await,
        Command::Audit(command) => audit::run(&connection, command).await,
    }
}
