//! The running system, as the scenarios see it.
//!
//! To write a scenario:
//! 1. `World::ready()` waits until a connector is attached and the accounts are synced;
//! 2. `world.account()` lends a plain account that no other scenario has; one with a property is asked for by its name
//!    in `deploy/images/dc/domain.json`;
//! 3. call the API as somebody: `world.change(…)`, `world.admin_reset(…)`, `world.change_as(As::Stranger, …)`;
//! 4. take a part away: `world.kill("connector")`, `world.docker("pause", "dc")`, `world.stall_dc_writes()`; put it
//!    back before anything is asserted that may fail;
//! 5. prove it in Active Directory (`world.dc.binds(…)`) and in the audit log (`world.audit_of(…)`).

mod accounts;
mod calls;
mod domain_controller;
mod parts;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use groundwire_kit::tls::{Connector, ConnectorOptions, ServerTrust, TlsVersions};
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

pub(crate) use accounts::PlainAccount;
pub(crate) use calls::{Answer, change_request, code_of, named, reason_names};
pub(crate) use domain_controller::{DomainController, Names};
pub(crate) use parts::run as docker;

/// The password every fixture account begins with.
pub(crate) const INITIAL: &str = "Initial-Harbour-47";

/// Where everything is.
pub(crate) struct World {
    pub(crate) project: String,
    secrets: PathBuf,
    api: Channel,
    audit: Channel,
    pub(crate) dc: DomainController,
}

/// Whose credential a call carries; the file `<name>_token` holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    App,
    Helpdesk,
    Administrator,
    /// An administrator of another tenant.
    Stranger,
}

impl World {
    /// The system that `make test` started. Ready: a connector is attached and the accounts are synced.
    pub(crate) async fn ready() -> Self {
        let world = Self::find();
        world.wait_ready().await;
        world
    }

    fn find() -> Self {
        Self {
            project: variable("GROUNDWIRE_TEST_COMPOSE_PROJECT"),
            secrets: PathBuf::from(variable("GROUNDWIRE_TEST_SECRETS_DIR")),
            api: channel(
                &variable("GROUNDWIRE_TEST_API_URL"),
                &variable("GROUNDWIRE_TEST_API_CA"),
            ),
            audit: channel(
                &variable("GROUNDWIRE_TEST_AUDIT_URL"),
                &variable("GROUNDWIRE_TEST_AUDIT_CA"),
            ),
            dc: DomainController::from_environment(),
        }
    }

    pub(crate) async fn wait_ready(&self) {
        until("writeback is ready", Duration::from_secs(60), || async {
            self.status(None)
                .await
                .is_ok_and(|status| status.enabled && status.ready)
        })
        .await;
    }

    pub(crate) fn secret(&self, name: &str) -> String {
        let path = self.secrets.join(name);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.trim().to_owned()
    }

    /// Every secret of the run that must be nowhere else.
    pub(crate) fn secrets_dir(&self) -> &Path {
        &self.secrets
    }
}

/// Waits for a condition; panics with its name at the deadline.
pub(crate) async fn until<F: Future<Output = bool>>(
    what: &str,
    deadline: Duration,
    mut holds: impl FnMut() -> F,
) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A password nobody has used yet, that every policy of the domain takes.
pub(crate) fn fresh_password() -> String {
    format!("Tidal-Lantern-{}", Uuid::new_v4().simple())
}

#[expect(
    clippy::disallowed_methods,
    reason = "`make test` says in the environment where the system is"
)]
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run through make test"))
}

fn channel(url: &str, ca: &str) -> Channel {
    let ca = std::fs::read_to_string(ca).unwrap_or_else(|error| panic!("{ca}: {error}"));
    let options = ConnectorOptions {
        versions: TlsVersions::From12,
        ..ConnectorOptions::new(ServerTrust::RootsPem(ca))
    };
    let target = url.strip_prefix("https://").expect("an https URL");
    let endpoint = Endpoint::from_shared(format!("http://{target}")).expect("a URL");
    endpoint.connect_with_connector_lazy(Connector::new(options).expect("usable TLS"))
}
