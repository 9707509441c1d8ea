//! The connection to a server: TLS with the given CA only, the bearer token, the deadline.

use std::fs;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use groundwire_kit::tls::{Connector, ConnectorOptions, ServerTrust, TlsVersions};
use groundwire_proto::reasons;
use secrecy::{ExposeSecret, SecretString};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt as _;

use crate::arguments::Global;
use crate::show;

/// How long past the server's answer margin a call is given up here.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// Everything a call needs. The connection itself is made by the first call.
pub(crate) struct Connection {
    channel: Channel,
    token: SecretString,
    tenant: Option<MetadataValue<Ascii>>,
    traceparent: Option<MetadataValue<Ascii>>,
    /// The caller's deadline.
    pub(crate) timeout: Duration,
    /// Print messages as JSON.
    pub(crate) json: bool,
}

impl Connection {
    pub(crate) fn open(global: &Global) -> anyhow::Result<Self> {
        let ca = fs::read_to_string(&global.ca)
            .with_context(|| format!("cannot read the CA certificate {} (--ca)", global.ca.display()))?;
        let token = fs::read_to_string(&global.token_file).with_context(|| {
            format!(
                "cannot read the token {} (--token-file)",
                global.token_file.display()
            )
        })?;
        let options = ConnectorOptions {
            versions: TlsVersions::From12,
            ..ConnectorOptions::new(ServerTrust::RootsPem(ca))
        };
        let Some(target) = global.url.strip_prefix("https://") else {
            bail!("{} must begin with https:// (--url)", global.url);
        };
        let timeout = Duration::from_secs(global.timeout);
        let endpoint = Endpoint::from_shared(format!("http://{target}"))
            .with_context(|| format!("{} is not a URL (--url)", global.url))?
            .timeout(timeout + GIVE_UP_AFTER);
        let channel = endpoint.connect_with_connector_lazy(Connector::new(options)?);
        Ok(Self {
            channel,
            token: SecretString::from(token.trim()),
            tenant: global.tenant.map(|id| id.to_string().parse()).transpose()?,
            traceparent: global.traceparent.as_deref().map(str::parse).transpose()?,
            timeout,
            json: global.json,
        })
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The request with credential, tenant, trace and deadline.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        let bearer = format!("Bearer {}", self.token.expose_secret()).parse::<MetadataValue<Ascii>>();
        if let Ok(mut bearer) = bearer {
            bearer.set_sensitive(true);
            request.metadata_mut().insert("authorization", bearer);
        }
        if let Some(tenant) = &self.tenant {
            request
                .metadata_mut()
                .insert("groundwire-tenant-id", tenant.clone());
        }
        if let Some(traceparent) = &self.traceparent {
            request.metadata_mut().insert("traceparent", traceparent.clone());
        }
        request
    }
}

/// The message, or the error in words: the reason's where there is one.
pub(crate) fn answered<T>(answer: Result<Response<T>, Status>) -> anyhow::Result<T> {
    let status = match answer {
        Ok(response) => return Ok(response.into_inner()),
        Err(status) => status,
    };
    let details = status.get_error_details();
    for violation in details.bad_request().iter().flat_map(|bad| &bad.field_violations) {
        show::wrapped("", &format!("{}: {}", violation.field, violation.description));
    }
    let reason = details.error_info().map_or("", |info| info.reason.as_str());
    if let Some(code) = reasons::from_name(reason) {
        let shown = reasons::Reason::new(code);
        return Err(anyhow!(
            "{reason}: {}\n{}",
            status.message(),
            shown.user_message()
        ));
    }
    let source = std::error::Error::source(&status).map_or_else(String::new, |cause| format!(" ({cause:?})"));
    Err(anyhow!("{:?}: {}{source}", status.code(), status.message()))
}
