//! `confirm-removals`: lets the account sync remove the accounts that it holds back.

use std::process::ExitCode;

use groundwire_kit::service::say;

use crate::config::Config;
use crate::identity::IdentityFolder;
use crate::uplink::{Confirmation, SyncFiles};

/// Shows what is held back and, once an operator has said yes, lets the running service go on.
pub(super) fn confirm(config: &Config, yes: bool) -> anyhow::Result<ExitCode> {
    let files = SyncFiles::of(&IdentityFolder::new(&config.identity.folder));
    let state = files.state();
    let Some(found) = state.held else {
        say("No removals are held back.\n")?;
        return Ok(ExitCode::SUCCESS);
    };
    let before = state
        .accounts
        .map_or_else(|| "an unknown number of".to_owned(), |count| count.to_string());
    say(&format!(
        "The last listing had {found} accounts in scope; the one before it had {before}.\n\
         Confirming removes the others from the directory: their passwords can then no longer be written back.\n"
    ))?;
    if !yes {
        say("Type the number of accounts that are right to go on: ")?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if answer.trim() != found.to_string() {
            say("Nothing was confirmed.\n")?;
            return Ok(ExitCode::FAILURE);
        }
    }
    files.confirm(Confirmation { accounts: found })?;
    say("Confirmed. The running service syncs again within seconds.\n")?;
    Ok(ExitCode::SUCCESS)
}
