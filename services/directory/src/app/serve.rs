//! What runs while the directory serves: the API, the gateway, and the probe of the database.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::grpc as kit_grpc;
use groundwire_kit::http::Condition;
use groundwire_kit::supervision::{Shutdown, TaskSet};
use groundwire_kit::tls;
use groundwire_proto::directory::v1::account_service_server::AccountServiceServer;
use groundwire_proto::directory::v1::password_service_server::PasswordServiceServer;
use groundwire_proto::directory::v1::tenant_service_server::TenantServiceServer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::parts::Parts;
use crate::config::Config;
use crate::grpc::accounts::AccountApi;
use crate::grpc::gateway;
use crate::grpc::limits::{MAX_ADMINISTRATION_MESSAGE, MAX_API_STREAMS, MAX_PASSWORD_MESSAGE};
use crate::grpc::passwords::PasswordApi;
use crate::grpc::tenants::TenantApi;
use crate::store::Store;

/// How often a statement proves that the database is there.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// Starts the API on the first listener, the gateway on the second, and the probe.
pub(super) fn spawn(
    parts: Parts,
    config: &Config,
    (api, gateway): (TcpListener, TcpListener),
    database: Condition,
    tasks: &mut TaskSet,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let draining = shutdown.draining_token();
    database.met();
    let probe = probe(Arc::clone(&parts.store), database, draining.clone());
    tasks.spawn("database probe", probe);
    tasks.spawn(
        "api",
        serve_api(api, &parts, config.api.reflection, draining.clone())?,
    );
    let reflection = config.gateway.reflection;
    tasks.spawn("gateway", async move {
        let layer = parts.gateway_layer;
        let served = gateway::serve(
            gateway,
            parts.gateway_tls,
            layer,
            parts.gateway,
            reflection,
            draining,
        );
        if let Err(error) = served.await {
            tracing::error!(error = &error as &dyn std::error::Error, "the gateway failed");
        }
    });
    Ok(())
}

fn serve_api(
    listener: TcpListener,
    parts: &Parts,
    with_reflection: bool,
    draining: CancellationToken,
) -> anyhow::Result<impl Future<Output = ()> + Send + use<>> {
    let passwords = PasswordApi::new(
        Arc::clone(&parts.store),
        parts.accounts.clone(),
        parts.operations.clone(),
    );
    let passwords = PasswordServiceServer::new(passwords).max_decoding_message_size(MAX_PASSWORD_MESSAGE);
    let accounts = AccountServiceServer::new(AccountApi::new(parts.accounts.clone()))
        .max_decoding_message_size(MAX_ADMINISTRATION_MESSAGE);
    let tenants = TenantServiceServer::new(TenantApi::new(parts.tenants.clone()))
        .max_decoding_message_size(MAX_ADMINISTRATION_MESSAGE);
    let layer = parts.api_layer.clone().until(draining.clone());
    let reflection = kit_grpc::reflection(with_reflection, &[groundwire_proto::FILE_DESCRIPTOR_SET])?;
    let incoming = tls::incoming(
        listener,
        Arc::clone(&parts.api_tls),
        tls::HandshakeLimits::default(),
    );
    Ok(async move {
        let (reporter, health) = kit_grpc::health();
        reporter.set_serving::<PasswordServiceServer<PasswordApi>>().await;
        reporter.set_serving::<AccountServiceServer<AccountApi>>().await;
        reporter.set_serving::<TenantServiceServer<TenantApi>>().await;
        let server = tonic::transport::Server::builder()
            .max_concurrent_streams(Some(MAX_API_STREAMS))
            .layer(layer)
            .add_routes(reflection)
            .add_service(passwords)
            .add_service(accounts)
            .add_service(tenants)
            .add_service(health)
            .serve_with_incoming_shutdown(incoming, draining.cancelled_owned());
        if let Err(error) = server.await {
            tracing::error!(error = &error as &dyn std::error::Error, "the API failed");
        }
    })
}

/// Keeps readiness true to the database, so that balancers look elsewhere while it is away.
async fn probe(store: Arc<Store>, condition: Condition, draining: CancellationToken) {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = draining.cancelled() => return condition.unmet("stopping"),
        }
        if store.is_reachable().await {
            condition.met();
        } else {
            condition.unmet("the database does not answer");
        }
    }
}
