//! `groundwire-connector`: the service, and what an operator does with it on premises.

use std::process::ExitCode;

use groundwire_connector::app::App;
use groundwire_kit::service;

fn main() -> ExitCode {
    service::main::<App>()
}
