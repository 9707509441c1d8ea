//! Puts the directory together: the same for production and for tests.

mod keys;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::supervision::{Shutdown, TaskEnd, TaskSet};
use groundwire_kit::{database, grpc as kit_grpc, http, tls};
use groundwire_proto::directory::v1::account_service_server::AccountServiceServer;
use groundwire_proto::directory::v1::password_service_server::PasswordServiceServer;
use groundwire_proto::directory::v1::tenant_service_server::TenantServiceServer;
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::accounts::Accounts;
use crate::config::{DirectoryConfig, GatewayConfig};
use crate::delivery::{Attach, Authorities, Connectors, DeliveryConfig, DeliveryMetrics, Enrollment};
use crate::grpc::accounts::AccountApi;
use crate::grpc::edge::Edge;
use crate::grpc::gateway::{self, GatewayService};
use crate::grpc::passwords::PasswordApi;
use crate::grpc::principal::StaticTokens;
use crate::grpc::tenants::{TenantApi, TenantParts};
use crate::metrics::Metrics;
use crate::operations::{Operations, RefusalLimits, Refusals};
use crate::store::Store;

pub use keys::ServerKeys;

/// How long the database may take at start; compose and Kubernetes start things in any order.
const DATABASE_WITHIN: Duration = Duration::from_secs(60);

/// Largest request: a sealed secret for 256 recipients and a proof fit many times.
const MAX_MESSAGE: usize = 1 << 20;

/// How often the database is asked whether it is there.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// A directory whose ports are bound and which is ready to run.
pub struct App {
    api: TcpListener,
    gateway: TcpListener,
    http: TcpListener,
    parts: Parts,
}

struct Parts {
    config: DirectoryConfig,
    store: Arc<Store>,
    operations: Operations,
    connectors: Arc<Connectors>,
    gateway: GatewayService,
    api_tls: Arc<rustls::ServerConfig>,
    gateway_tls: Arc<rustls::ServerConfig>,
    edge: Edge,
    tenants: TenantParts,
    accounts: Accounts,
    metrics: Metrics,
}

impl App {
    /// Reads every file, waits for the database, takes up what a restart left, and binds the ports.
    ///
    /// # Errors
    /// Whatever is missing, in words.
    pub async fn build(config: DirectoryConfig) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let tokens_file = &config.api.tokens_file;
        let tokens = tokens_file.read().context("the token file")?;
        let tokens =
            StaticTokens::parse(tokens_file.path(), tokens.expose_secret()).context("the token file")?;
        let server_keys = ServerKeys::in_folder(&config.keys.folder);
        let identity = server_keys.identity()?;
        let gateway_ca = server_keys.ca()?;

        let pool = database::pool(&config.database, "groundwire-directory")?;
        database::wait_until_ready(&pool, DATABASE_WITHIN).await?;
        let store = Arc::new(Store::new(pool, Arc::clone(&clock)));

        let delivery_config = delivery_config(&config.gateway);
        let delivery_metrics = DeliveryMetrics::default();
        let metrics = Metrics::with(|registry| delivery_metrics.register(registry));
        let lifetime = Duration::from_secs(u64::from(config.gateway.certificate_days) * 86_400);
        let authorities = Arc::new(Authorities::new(
            config.keys.folder.clone(),
            Arc::clone(&clock),
            lifetime,
        ));
        load_authorities(&store, &authorities).await?;
        let connectors = Arc::new(Connectors::new(
            Arc::clone(&store),
            Arc::clone(&authorities),
            delivery_config.clone(),
        ));
        let operations = Operations::new(Arc::clone(&store), connectors.clone(), metrics.clone());
        let enrollment = Arc::new(Enrollment::new(
            Arc::clone(&store),
            Arc::clone(&authorities),
            gateway_ca.to_vec(),
            delivery_config.token_lifetime,
            delivery_metrics.clone(),
        ));
        let attach = Attach {
            store: Arc::clone(&store),
            authorities: Arc::clone(&authorities),
            connectors: Arc::clone(&connectors),
            operations: Arc::new(operations.clone()),
            config: delivery_config,
            metrics: delivery_metrics,
        };
        let refusals = Refusals::new(Arc::clone(&store), metrics.clone(), RefusalLimits::default());
        let accounts = Accounts::new(Arc::clone(&store));
        let tenants = TenantParts {
            store: Arc::clone(&store),
            authorities: Arc::clone(&authorities),
            enrollment: Arc::clone(&enrollment),
            connectors: Arc::clone(&connectors),
            accounts: accounts.clone(),
            operations: operations.clone(),
        };
        let parts = Parts {
            api_tls: tls::api_server(&identity)?,
            gateway_tls: tls::gateway_server(&identity, authorities)?,
            gateway: GatewayService::new(attach, enrollment),
            edge: Edge::new(Arc::new(tokens), refusals),
            store,
            operations,
            connectors,
            tenants,
            accounts,
            metrics,
            config,
        };
        // Before anybody is let in: what was open goes on.
        let resumed = parts.operations.resume().await?;
        tracing::info!(resumed, "open operations have their tasks again");
        Ok(Self {
            api: bind(parts.config.api.listen, "api").await?,
            gateway: bind(parts.config.gateway.listen, "gateway").await?,
            http: bind(parts.config.http.socket_address(), "http").await?,
            parts,
        })
    }

    /// Where the API is bound.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn api_address(&self) -> std::io::Result<SocketAddr> {
        self.api.local_addr()
    }

    /// Where the gateway is bound.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn gateway_address(&self) -> std::io::Result<SocketAddr> {
        self.gateway.local_addr()
    }

    /// Serves until the shutdown; then streams are drained, and the log is closed last.
    ///
    /// # Errors
    /// A part that ended by itself: the process must not go on without it.
    pub async fn run(self, shutdown: Shutdown) -> anyhow::Result<()> {
        let Self {
            api,
            gateway,
            http: http_listener,
            parts,
        } = self;
        let readiness = http::Readiness::new();
        let database_condition = readiness.condition("database");
        database_condition.met();
        let router = http::router(parts.metrics.registry(), readiness);
        let draining = shutdown.draining_token();
        tracing::info!(api = %api.local_addr()?, gateway = %gateway.local_addr()?, "serving");

        let mut tasks = TaskSet::new();
        let probe = probe(Arc::clone(&parts.store), database_condition, draining.clone());
        tasks.spawn("database probe", probe);
        let http_draining = shutdown.forced_token();
        tasks.spawn("http", async move {
            if let Err(error) = http::serve(http_listener, router, http_draining).await {
                tracing::error!(%error, "the metrics endpoint failed");
            }
        });
        let store = Arc::clone(&parts.store);
        let operations = parts.operations.clone();
        let connectors = Arc::clone(&parts.connectors);
        tasks.spawn("api", serve_api(api, &parts, draining.clone())?);
        let gateway_reflection = parts.config.gateway.reflection;
        tasks.spawn("gateway", async move {
            let served = gateway::serve(
                gateway,
                parts.gateway_tls,
                parts.gateway,
                gateway_reflection,
                draining,
            );
            if let Err(error) = served.await {
                tracing::error!(error = &error as &dyn std::error::Error, "the gateway failed");
            }
        });
        let ended = supervise(&mut tasks, &shutdown).await;
        connectors.drain();
        let stop = async {
            operations.stop().await;
            store.close().await;
        };
        tokio::time::timeout(Duration::from_secs(2), stop).await.ok();
        ended
    }
}

/// Until the shutdown every part must run; after it, parts are waited for until the grace is over.
async fn supervise(tasks: &mut TaskSet, shutdown: &Shutdown) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            ended = tasks.next_end() => match ended {
                None => return Ok(()),
                Some(TaskEnd::Panicked(task)) => anyhow::bail!("{task} panicked"),
                Some(end) if shutdown.is_draining() => tracing::debug!(task = end.task(), "stopped"),
                Some(end) => anyhow::bail!("{} ended by itself", end.task()),
            },
            () = shutdown.forced() => {
                tasks.abort_all();
                return Ok(());
            }
        }
    }
}

fn serve_api(
    listener: TcpListener,
    parts: &Parts,
    draining: CancellationToken,
) -> anyhow::Result<impl Future<Output = ()> + Send + use<>> {
    let passwords = PasswordApi::new(
        parts.edge.clone(),
        Arc::clone(&parts.store),
        parts.accounts.clone(),
        parts.operations.clone(),
    );
    let passwords = PasswordServiceServer::new(passwords).max_decoding_message_size(MAX_MESSAGE);
    let accounts = AccountServiceServer::new(AccountApi::new(parts.edge.clone(), parts.accounts.clone()));
    let tenants = TenantServiceServer::new(TenantApi::new(parts.edge.clone(), parts.tenants.clone()));
    let reflection = kit_grpc::reflection(
        parts.config.api.reflection,
        &[groundwire_proto::FILE_DESCRIPTOR_SET],
    )?;
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
async fn probe(store: Arc<Store>, condition: http::Condition, draining: CancellationToken) {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = draining.cancelled() => return condition.unmet("stopping"),
        }
        let asked = tokio::time::timeout(PROBE_EVERY, sqlx::query("SELECT 1").execute(store.pool())).await;
        match asked {
            Ok(Ok(_)) => condition.met(),
            Ok(Err(_)) | Err(_) => condition.unmet("the database does not answer"),
        }
    }
}

/// Handshakes are answered from memory, so every tenant's CA must be there before the first.
async fn load_authorities(store: &Store, authorities: &Arc<Authorities>) -> anyhow::Result<()> {
    const PAGE: i64 = 500;
    let mut after = None;
    loop {
        let page = store.tenants(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for tenant in &page {
            authorities
                .load(tenant.id)
                .await
                .with_context(|| format!("the keys of tenant {}", tenant.id))?;
        }
    }
}

fn delivery_config(gateway: &GatewayConfig) -> DeliveryConfig {
    DeliveryConfig {
        heartbeat_interval: gateway.heartbeat_interval(),
        hello_deadline: gateway.hello_within(),
        received_deadline: gateway.received_within(),
        drain_grace: gateway.drain_grace(),
        sync_interval: Duration::from_secs(gateway.sync_interval_seconds),
        ..DeliveryConfig::default()
    }
}

async fn bind(address: SocketAddr, section: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} ([{section}])"))
}

/// Brings the schema up to date, as its owner.
///
/// # Errors
/// What the database says.
pub async fn migrate(config: &DirectoryConfig) -> anyhow::Result<()> {
    let mut owner = config.database.clone();
    owner.url_file = Some(config.migrate.url_file.clone());
    // A migration may rewrite a table; it has no caller who waits.
    owner.statement_timeout_ms = 600_000;
    let pool = database::pool(&owner, "groundwire-directory-migrate")?;
    database::wait_until_ready(&pool, DATABASE_WITHIN).await?;
    crate::store::schema::migrate(&pool, &config.migrate.service_role).await?;
    Ok(())
}

/// Asks a running directory on this machine whether it is ready.
///
/// # Errors
/// Not ready, or not there.
pub async fn healthcheck(config: &DirectoryConfig) -> anyhow::Result<()> {
    http::check_ready(config.http.socket_address(), Duration::from_secs(2))
        .await
        .context("not ready")
}
