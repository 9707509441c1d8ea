//! The system itself, through its public API: gRPC over TLS on a warm channel, as an app or a helpdesk calls it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail};
use groundwire_kit::tls::{Connector, ConnectorOptions, ServerTrust, TlsVersions};
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::password_service_client::PasswordServiceClient;
use groundwire_proto::operation::Stage;
use groundwire_proto::operation::v1::account_name::Name;
use groundwire_proto::operation::v1::{
    AccountName, Operation, OperationKind, Outcome, OutcomeCode, StageDuration,
};
use groundwire_proto::reasons;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::environment::Environment;
use super::figures::Distribution;

const DEADLINE: Duration = Duration::from_secs(30);

/// A caller of the public API. Clones share the channel.
#[derive(Clone)]
pub struct Subject {
    client: PasswordServiceClient<Channel>,
    app: MetadataValue<Ascii>,
    helpdesk: MetadataValue<Ascii>,
}

impl Subject {
    /// Prepares the channel; the first call connects.
    ///
    /// # Errors
    /// Where the CA or a token cannot be read.
    pub fn open(environment: &Environment) -> anyhow::Result<Self> {
        let path = &environment.api_ca;
        let ca = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let options = ConnectorOptions {
            versions: TlsVersions::From12,
            ..ConnectorOptions::new(ServerTrust::RootsPem(ca))
        };
        let target = environment.api_url.strip_prefix("https://");
        let target = target.context("an https URL is needed")?;
        let endpoint = Endpoint::from_shared(format!("http://{target}"))?;
        let channel = endpoint.connect_with_connector_lazy(Connector::new(options)?);
        let bearer = |caller| -> anyhow::Result<MetadataValue<Ascii>> {
            let mut value: MetadataValue<Ascii> = format!("Bearer {}", environment.token(caller)?).parse()?;
            value.set_sensitive(true);
            Ok(value)
        };
        Ok(Self {
            client: PasswordServiceClient::new(channel),
            app: bearer("app")?,
            helpdesk: bearer("helpdesk")?,
        })
    }

    /// Changes a password.
    ///
    /// # Errors
    /// Everything but an operation that was applied.
    pub async fn change(&mut self, account: &str, current: &str, new: &str) -> anyhow::Result<Outcome> {
        let passwords = api::PlaintextPasswords {
            current_password: current.to_owned(),
            new_password: new.to_owned(),
        };
        let message = api::ChangePasswordRequest {
            operation_id: Uuid::new_v4().to_string(),
            account: Some(name(account)),
            secret: Some(api::change_password_request::Secret::Plaintext(passwords)),
            ..Default::default()
        };
        let answer = self.client.change_password(with(message, &self.app)).await;
        let answer = answer.map_err(|status| refused(&status))?;
        applied(answer.into_inner().operation)
    }

    /// Resets a password, as a helpdesk.
    ///
    /// # Errors
    /// Everything but an operation that was applied.
    pub async fn reset(&mut self, account: &str, new: &str) -> anyhow::Result<Outcome> {
        let passwords = api::PlaintextPasswords {
            current_password: String::new(),
            new_password: new.to_owned(),
        };
        let message = api::ResetPasswordRequest {
            operation_id: Uuid::new_v4().to_string(),
            account: Some(name(account)),
            kind: OperationKind::AdminReset.into(),
            secret: Some(api::reset_password_request::Secret::Plaintext(passwords)),
            ..Default::default()
        };
        let answer = self.client.reset_password(with(message, &self.helpdesk)).await;
        let answer = answer.map_err(|status| refused(&status))?;
        applied(answer.into_inner().operation)
    }
}

/// Collects what the outcomes tell of each stage.
#[derive(Default)]
pub struct Stages {
    milliseconds: BTreeMap<Stage, Vec<f64>>,
}

impl Stages {
    /// Takes the durations of one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        for (stage, took) in outcome.durations.iter().filter_map(StageDuration::known) {
            let milliseconds = self.milliseconds.entry(stage).or_default();
            milliseconds.push(took.as_secs_f64() * 1e3);
        }
    }

    /// Each stage by name, in the order in which they are passed.
    #[must_use]
    pub fn distributions(self) -> Vec<(String, Distribution)> {
        let stages = self.milliseconds.into_iter();
        stages
            .map(|(stage, values)| (stage.to_string(), Distribution::of_milliseconds(values)))
            .collect()
    }
}

fn with<T>(message: T, bearer: &MetadataValue<Ascii>) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request.metadata_mut().insert("authorization", bearer.clone());
    request
}

fn name(account: &str) -> AccountName {
    AccountName {
        name: Some(Name::SamAccountName(account.to_owned())),
    }
}

fn refused(status: &tonic::Status) -> anyhow::Error {
    let details = status.get_error_details();
    let reason = details.error_info().map_or("", |info| info.reason.as_str());
    anyhow::anyhow!("{:?} {reason}: {}", status.code(), status.message())
}

fn applied(operation: Option<Operation>) -> anyhow::Result<Outcome> {
    let operation = operation.context("an answer without an operation")?;
    let Some(outcome) = operation.outcome else {
        bail!("the operation has not ended within {DEADLINE:?}");
    };
    if outcome.code() != OutcomeCode::Applied {
        let codes: Vec<_> = outcome
            .reasons
            .iter()
            .map(|one| reasons::name(one.code()))
            .collect();
        bail!("{}: {}", outcome.code().as_str_name(), codes.join(", "));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_come_in_the_order_in_which_they_are_passed() {
        let lasted = |stage, milliseconds| StageDuration::new(stage, Duration::from_millis(milliseconds));
        let mut stages = Stages::default();
        stages.add(&Outcome {
            durations: vec![lasted(Stage::Write, 30), lasted(Stage::Admit, 2)],
            ..Default::default()
        });
        let found = stages.distributions();
        let names: Vec<_> = found
            .iter()
            .map(|(name, stage)| (name.as_str(), stage.p50))
            .collect();
        assert_eq!(names, [("admit", 2.0), ("write", 30.0)]);
    }
}
