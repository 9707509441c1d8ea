//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use groundwire_proto::ids::{AccountAnchor, ConnectorGroupId, OperationId, TenantId};
use groundwire_proto::operation::v1::AccountName;
use groundwire_proto::operation::v1::account_name::Name;
use uuid::Uuid;

/// Groundwire's command for operators and administrators.
#[derive(Parser)]
#[command(name = "groundwire", version, max_term_width = 80)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args)]
pub(crate) struct Global {
    /// The server: the directory, or for `audit` the connector.
    #[arg(
        long,
        global = true,
        env = "GROUNDWIRE_URL",
        default_value = "https://localhost:8443"
    )]
    pub(crate) url: String,
    /// The CA certificate (PEM) that the server's certificate comes from.
    #[arg(long, global = true, env = "GROUNDWIRE_CA_FILE", default_value = "ca.crt")]
    pub(crate) ca: PathBuf,
    /// The file that holds the bearer token.
    #[arg(long, global = true, env = "GROUNDWIRE_TOKEN_FILE", default_value = "token")]
    pub(crate) token_file: PathBuf,
    /// The tenant, for operators.
    #[arg(long, global = true, env = "GROUNDWIRE_TENANT")]
    pub(crate) tenant: Option<TenantId>,
    /// How long to wait for an answer, in seconds.
    #[arg(long, global = true, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// A W3C traceparent to continue.
    #[arg(long, global = true)]
    pub(crate) traceparent: Option<String>,
    /// Print the API's messages as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Tells whether writeback is on and ready.
    Status(Status),
    /// Changes, resets and checks passwords.
    #[command(subcommand)]
    Password(Password),
    /// Shows, unlocks and flags accounts.
    #[command(subcommand)]
    Account(Account),
    /// Shows, watches and cancels operations.
    #[command(subcommand)]
    Operation(Operation),
    /// Makes and lists tenants (operators).
    #[command(subcommand)]
    Tenant(Tenant),
    /// Makes, lists and moves connector groups.
    #[command(subcommand)]
    Group(Group),
    /// Makes, lists and revokes enrolment tokens.
    #[command(subcommand)]
    Enrollment(Enrollment),
    #[command(subcommand)]
    Connector(Connector),
    /// Shows and changes settings.
    #[command(subcommand)]
    Settings(Settings),
    /// Reads the audit log (of the connector, on premises).
    #[command(subcommand)]
    Audit(Audit),
}

#[derive(Args)]
pub(crate) struct Status {
    /// Also tell whether this account is eligible (UPN, sAMAccountName or anchor).
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Wait until it is ready, at most `--timeout` seconds.
    #[arg(long)]
    pub(crate) wait: bool,
}

/// What every operation takes.
#[derive(Args)]
pub(crate) struct OperationRequest {
    /// UPN, sAMAccountName or anchor.
    pub(crate) account: String,
    /// The operation's id; chosen for you if left out. Give the same again to retry.
    #[arg(long)]
    pub(crate) operation_id: Option<OperationId>,
}

#[derive(Subcommand)]
pub(crate) enum Password {
    /// Changes a password that is known. Passwords come from a prompt or from standard input: the current one in the
    /// first line, the new one in the second.
    Change(OperationRequest),
    /// Sets a new password, from a prompt or from standard input.
    Reset {
        #[command(flatten)]
        request: OperationRequest,
        /// For yourself, or for somebody else.
        #[arg(long, value_enum, default_value_t = ResetKind::Admin)]
        kind: ResetKind,
        /// The person must change it at the next logon.
        #[arg(long)]
        must_change: bool,
        /// Also unlock the account.
        #[arg(long)]
        unlock: bool,
        /// Write although the account is disabled.
        #[arg(long)]
        allow_disabled: bool,
    },
    /// Tells what would be wrong with a password, from a prompt or from standard input. Writes nothing.
    Check {
        /// UPN, sAMAccountName or anchor.
        account: String,
        /// As a change or as a reset.
        #[arg(long, value_enum, default_value_t = CheckKind::Change)]
        kind: CheckKind,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ResetKind {
    #[value(name = "self")]
    Own,
    /// By a helpdesk or an administrator.
    Admin,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum CheckKind {
    /// As a change.
    Change,
    /// As a self-service reset.
    SelfReset,
    /// As a reset by an administrator.
    AdminReset,
}

#[derive(Subcommand)]
pub(crate) enum Account {
    /// Shows one account.
    Get {
        /// UPN, sAMAccountName or anchor.
        account: String,
    },
    /// Lists synced accounts.
    List {
        /// Only names that begin with this.
        #[arg(long, default_value = "")]
        prefix: String,
        /// Stop after this many.
        #[arg(long, default_value_t = 500)]
        most: usize,
    },
    /// Clears a lockout.
    Unlock(OperationRequest),
    /// Makes the person change the password at the next logon.
    RequireChange(OperationRequest),
}

#[derive(Subcommand)]
pub(crate) enum Operation {
    /// Shows one operation.
    Get { operation_id: OperationId },
    /// Lists operations, newest first.
    List {
        /// Only those of this account.
        #[arg(long)]
        account: Option<String>,
        /// Stop after this many.
        #[arg(long, default_value_t = 50)]
        most: usize,
    },
    /// Shows each state until it has ended.
    Watch { operation_id: OperationId },
    /// Cancels an operation that is not delivered yet.
    Cancel { operation_id: OperationId },
}

#[derive(Subcommand)]
pub(crate) enum Tenant {
    /// Makes a tenant.
    Create {
        name: String,
        /// Its id; makes the call repeatable.
        #[arg(long)]
        id: Option<TenantId>,
    },
    /// Shows the credential's tenant.
    Get,
    /// Lists all tenants.
    List,
}

#[derive(Subcommand)]
pub(crate) enum Group {
    /// Makes a connector group.
    Create {
        name: String,
        /// Its id; makes the call repeatable.
        #[arg(long)]
        id: Option<ConnectorGroupId>,
    },
    /// Lists the tenant's groups, with the domain controller that each writes to.
    List,
    /// Names the domain controller that all connectors of a group write to.
    ///
    /// It takes effect at once. Nothing is changed while an operation of the group is with a connector or in doubt:
    /// those end when the present domain controller answers or, if it never will, as UNKNOWN when the tenant's unknown
    /// horizon has passed.
    SetDc {
        /// The connector group.
        group: ConnectorGroupId,
        /// The domain controller's DNS name, as `groundwire connector list` shows it.
        host: String,
        /// Its invocation id; refused if its connectors report another one.
        #[arg(long)]
        invocation_id: Option<Uuid>,
        /// What it does not have of the last writes is lost for good (it was restored, or took the place of one that
        /// died): write accounts all the same that are refused as DC_STALE without this.
        #[arg(long)]
        accept_lost_writes: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum Enrollment {
    /// Makes a one-time token for one connector (30 minutes).
    Create {
        /// The connector group.
        group: ConnectorGroupId,
        /// Write the token to this file (mode 0600) instead of standard output.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Lists tokens, without their secrets.
    List,
    /// Revokes a token.
    Revoke { token_id: Uuid },
}

#[derive(Subcommand)]
pub(crate) enum Connector {
    /// Lists connectors with their health.
    List,
}

#[derive(Subcommand)]
pub(crate) enum Settings {
    /// Shows the settings.
    Get,
    /// Changes what is given.
    Update {
        /// Writeback on or off.
        #[arg(long)]
        enabled: Option<bool>,
        /// Self-service unlock without a reset on or off.
        #[arg(long)]
        self_service_unlock: Option<bool>,
        /// Callers must seal.
        #[arg(long)]
        require_sealed: Option<bool>,
        /// How long an operation may wait to be written, in seconds.
        #[arg(long)]
        operation_lifetime: Option<u32>,
        /// How long an operation may be in doubt before it ends as UNKNOWN, in seconds.
        #[arg(long)]
        unknown_horizon: Option<u32>,
    },
}

#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Lists audit events, oldest first.
    List {
        /// Only those of this operation.
        #[arg(long)]
        operation: Option<OperationId>,
        /// Only those after this position.
        #[arg(long, default_value_t = 0)]
        after: u64,
        /// Stop after this many.
        #[arg(long, default_value_t = 100)]
        most: usize,
        /// Show the bodies too.
        #[arg(long)]
        full: bool,
    },
}

/// A name with `@` is a UPN, a UUID is an anchor, anything else a sAMAccountName.
pub(crate) fn account_name(text: &str) -> AccountName {
    let name = if text.contains('@') {
        Name::UserPrincipalName(text.to_owned())
    } else if text.parse::<AccountAnchor>().is_ok() {
        Name::Anchor(text.to_owned())
    } else {
        Name::SamAccountName(text.to_owned())
    };
    AccountName { name: Some(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_name_says_by_its_form_what_it_is() {
        let of = |text| account_name(text).name;
        assert!(matches!(of("a@b.example"), Some(Name::UserPrincipalName(_))));
        assert!(matches!(
            of("0f8fad5b-d9cb-469f-a165-70867728950e"),
            Some(Name::Anchor(_))
        ));
        // An anchor has the hyphenated form only, as everywhere.
        for name in ["anna", "0f8fad5bd9cb469fa16570867728950e"] {
            assert!(matches!(of(name), Some(Name::SamAccountName(_))), "{name}");
        }
    }
}
