//! From the configuration to what the directory is made of.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::grpc::CallLayer;
use groundwire_kit::{database, tls};
use rustls_pki_types::CertificateDer;
use secrecy::ExposeSecret as _;

use super::keys::ServerKeys;
use super::observed::Observed;
use crate::accounts::Accounts;
use crate::config::{Config, GatewayConfig};
use crate::delivery::{Attach, Connectors, DeliveryConfig};
use crate::enrollment::{Authorities, Enrollment};
use crate::grpc::callers::{ApiCallers, GatewayCallers};
use crate::grpc::gateway::GatewayService;
use crate::grpc::principal::StaticTokens;
use crate::grpc::tenants::TenantParts;
use crate::operations::{Operations, RefusalLimits, Refusals};
use crate::store::Store;
use crate::tenants::Tenants;

/// What the API and the gateway are served from.
pub(super) struct Parts {
    pub(super) store: Arc<Store>,
    pub(super) operations: Operations,
    pub(super) connectors: Arc<Connectors>,
    pub(super) gateway: GatewayService,
    pub(super) api_tls: Arc<rustls::ServerConfig>,
    pub(super) gateway_tls: Arc<rustls::ServerConfig>,
    pub(super) api_layer: CallLayer<ApiCallers>,
    pub(super) gateway_layer: CallLayer<GatewayCallers>,
    pub(super) tenants: TenantParts,
    pub(super) accounts: Accounts,
}

/// What is read from files.
struct Files {
    tokens: StaticTokens,
    identity: tls::ServerIdentity,
    gateway_ca: CertificateDer<'static>,
}

/// What hands events to connectors, and takes what they report.
struct Delivery {
    connectors: Arc<Connectors>,
    operations: Operations,
    enrollment: Arc<Enrollment>,
    attach: Attach,
}

impl Parts {
    /// Reads every file and waits for the database.
    pub(super) async fn build(config: &Config, observed: &Observed) -> anyhow::Result<Self> {
        let files = Files::read(config)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = open_store(config, &clock).await?;
        let authorities = load_authorities(config, &store, clock).await?;
        let Delivery {
            connectors,
            operations,
            enrollment,
            attach,
        } = Delivery::build(&config.gateway, &files, &store, &authorities, observed);
        let accounts = Accounts::new(Arc::clone(&store));
        let refusals = Refusals::new(
            Arc::clone(&store),
            observed.metrics.clone(),
            RefusalLimits::default(),
        );
        Ok(Self {
            api_tls: tls::api_server(&files.identity)?,
            gateway_tls: tls::gateway_server(&files.identity, authorities.clone())?,
            gateway: GatewayService::new(attach, Arc::clone(&enrollment)),
            gateway_layer: GatewayCallers::layer(refusals.clone(), &observed.metrics),
            api_layer: ApiCallers::layer(files.tokens, refusals, &observed.metrics),
            tenants: TenantParts {
                tenants: Tenants {
                    store: Arc::clone(&store),
                    authorities,
                    connectors: Arc::clone(&connectors),
                    accounts: accounts.clone(),
                    operations: operations.clone(),
                },
                enrollment,
            },
            store,
            operations,
            connectors,
            accounts,
        })
    }
}

impl Files {
    fn read(config: &Config) -> anyhow::Result<Self> {
        let tokens_file = &config.api.tokens_file;
        let tokens = tokens_file.read().context("the token file")?;
        let keys = ServerKeys::in_folder(&config.keys.folder);
        Ok(Self {
            tokens: StaticTokens::parse(tokens_file.path(), tokens.expose_secret())
                .context("the token file")?,
            identity: keys.identity()?,
            gateway_ca: keys.ca()?,
        })
    }
}

impl Delivery {
    fn build(
        gateway: &GatewayConfig,
        files: &Files,
        store: &Arc<Store>,
        authorities: &Arc<Authorities>,
        observed: &Observed,
    ) -> Self {
        let config = delivery_config(gateway);
        let connectors = Arc::new(Connectors::new(
            Arc::clone(store),
            Arc::clone(authorities),
            config.clone(),
        ));
        let operations = Operations::new(
            Arc::clone(store),
            Arc::clone(&connectors) as _,
            observed.metrics.clone(),
        );
        let enrollment = Arc::new(Enrollment::new(
            Arc::clone(store),
            Arc::clone(authorities),
            files.gateway_ca.to_vec(),
            config.token_lifetime,
            observed.delivery_metrics.clone(),
        ));
        let attach = Attach {
            store: Arc::clone(store),
            authorities: Arc::clone(authorities),
            connectors: Arc::clone(&connectors),
            operations: Arc::new(operations.clone()),
            config,
            metrics: observed.delivery_metrics.clone(),
        };
        Self {
            connectors,
            operations,
            enrollment,
            attach,
        }
    }
}

async fn open_store(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<Store>> {
    let pool = database::pool(&config.database, "groundwire-directory")?;
    database::wait_until_ready(&pool, database::START_DEADLINE).await?;
    let store = Store::new(pool, Arc::clone(clock));
    Ok(Arc::new(
        store.with_statement_timeout(config.database.statement_timeout),
    ))
}

/// Handshakes are answered from memory, so every tenant's CA must be there before the first.
async fn load_authorities(
    config: &Config,
    store: &Store,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Arc<Authorities>> {
    const PAGE: i64 = 500;
    let folder: &Path = &config.keys.folder;
    let lifetime = config.gateway.certificate_lifetime;
    let authorities = Arc::new(Authorities::new(folder.to_owned(), clock, lifetime));
    let mut after = None;
    loop {
        let page = store.tenants(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(authorities);
        };
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
        heartbeat_interval: gateway.heartbeat_interval,
        hello_deadline: gateway.hello_timeout,
        received_deadline: gateway.received_timeout,
        drain_grace: gateway.drain_grace,
        sync_interval: gateway.sync_interval,
        ..DeliveryConfig::default()
    }
}
