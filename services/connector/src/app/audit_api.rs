//! Starts the audit API, where it is configured.

use groundwire_kit::clock::Clock;
use groundwire_kit::grpc::CallMetrics;
use groundwire_kit::supervision::{Shutdown, TaskSet};
use groundwire_kit::tls::ServerIdentity;
use tokio::net::TcpListener;

use super::parts::StartError;
use crate::audit::AuditLog;
use crate::config::Config;
use crate::grpc::AuditTokens;
use crate::identity::{IdentityFolder, self_made_certificate};

/// Serves it on a socket that is bound.
pub(super) fn spawn(
    listener: TcpListener,
    config: &Config,
    audit: AuditLog,
    clock: &dyn Clock,
    calls: CallMetrics,
    tasks: &mut TaskSet,
    shutdown: &Shutdown,
) -> Result<(), StartError> {
    let api = &config.audit_api;
    // The check of the configuration sees to it that there is one.
    let Some(tokens_file) = &api.tokens_file else {
        return Ok(());
    };
    let layer = AuditTokens::load(tokens_file)?.layer(calls);
    let identity = server_identity(config, clock)?;
    let reflection = api.reflection;
    let draining = shutdown.draining_token();
    tasks.spawn("audit API", async move {
        let served = crate::grpc::serve(listener, &identity, audit, layer, reflection, draining).await;
        if let Err(error) = served {
            tracing::error!(%error, "the audit API ended");
        }
    });
    Ok(())
}

fn server_identity(config: &Config, clock: &dyn Clock) -> Result<ServerIdentity, StartError> {
    let api = &config.audit_api;
    if let (Some(certificate), Some(key)) = (&api.certificate_file, &api.key_file) {
        let chain = std::fs::read_to_string(certificate).map_err(|error| StartError::File {
            path: certificate.display().to_string(),
            error,
        })?;
        return Ok(ServerIdentity::from_pem(&chain, &key.read()?)?);
    }
    let folder = IdentityFolder::new(&config.identity.folder);
    Ok(self_made_certificate(&folder, &api.server_names, clock.now())?)
}
