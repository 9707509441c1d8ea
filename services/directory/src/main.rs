//! `groundwire-directory`: the cloud service.

use std::process::ExitCode;

use groundwire_directory::app::App;
use groundwire_kit::service;

fn main() -> ExitCode {
    service::main::<App>()
}
