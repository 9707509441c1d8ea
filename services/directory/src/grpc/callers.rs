//! Who calls the API and the gateway, for the layer that finds it out before a body is read, and how a method gets to know
//! of it.

use groundwire_kit::grpc::{Access, CallLayer, Callers, Methods};
use groundwire_kit::tls::PeerInfo;
use groundwire_proto::directory::v1::account_service_server::SERVICE_NAME as ACCOUNTS;
use groundwire_proto::directory::v1::password_service_server::SERVICE_NAME as PASSWORDS;
use groundwire_proto::directory::v1::tenant_service_server::SERVICE_NAME as TENANTS;
use groundwire_proto::gateway::v1::connector_gateway_service_server::SERVICE_NAME as GATEWAY;
use groundwire_proto::methods;
use tonic::{Extensions, Request, Response, Status};

use super::deadline::answer_within;
use super::limits::MAX_ENROLL_MESSAGE;
use super::principal::StaticTokens;
use super::status::{Refused, UnknownConnector, is_refusal};
use crate::domain::Principal;
use crate::enrollment::ConnectorIdentity;
use crate::metrics::Metrics;
use crate::operations::{Refusals, RefusedAttempt};

/// The one method of the gateway that is called without a certificate.
const ENROLL: &str = "groundwire.gateway.v1.ConnectorGatewayService/Enroll";

/// Callers of the API: a bearer token says who.
pub struct ApiCallers {
    tokens: StaticTokens,
    refusals: Refusals,
}

impl ApiCallers {
    /// The layer around the services of the API.
    #[must_use]
    pub fn layer(tokens: StaticTokens, refusals: Refusals, metrics: &Metrics) -> CallLayer<Self> {
        let served = [PASSWORDS, ACCOUNTS, TENANTS].into_iter().flat_map(methods::of);
        let methods = Methods::open().with(served, Access::Authenticated);
        CallLayer::new(methods, Self { tokens, refusals }, metrics.calls())
    }
}

impl Callers for ApiCallers {
    type Caller = Principal;

    fn authenticate(&self, head: &Request<()>) -> Result<Principal, Status> {
        Ok(self.tokens.authenticate(head.metadata())?)
    }

    fn role(&self, caller: &Principal) -> &'static str {
        caller.role.name()
    }

    fn record_refusal(&self, method: &'static str, caller: Option<&Principal>, name: &'static str) {
        if !is_refusal(name) {
            return;
        }
        self.refusals.note(RefusedAttempt {
            tenant: caller.and_then(|caller| caller.tenant),
            subject: caller.map(|caller| caller.subject.clone()),
            method,
            reason: name.to_owned(),
        });
    }
}

/// Callers of the gateway: the client certificate says which connector, and the handshake verified it against the CA of the
/// tenant that it names.
pub struct GatewayCallers {
    refusals: Refusals,
}

impl GatewayCallers {
    /// The layer around the services of the gateway.
    #[must_use]
    pub fn layer(refusals: Refusals, metrics: &Metrics) -> CallLayer<Self> {
        let by_token = Access::CredentialInMessage {
            max_message: MAX_ENROLL_MESSAGE,
        };
        let methods = Methods::open()
            .with(methods::of(GATEWAY), Access::Authenticated)
            .with([ENROLL], by_token);
        CallLayer::new(methods, Self { refusals }, metrics.calls())
    }
}

impl Callers for GatewayCallers {
    type Caller = ConnectorIdentity;

    fn authenticate(&self, head: &Request<()>) -> Result<ConnectorIdentity, Status> {
        let peer: Option<&PeerInfo> = head.extensions().get();
        let certificate = peer
            .and_then(PeerInfo::certificate)
            .ok_or(UnknownConnector::NoCertificate)?;
        Ok(ConnectorIdentity::from_certificate(certificate).map_err(|_| UnknownConnector::NotAConnector)?)
    }

    fn role(&self, _: &ConnectorIdentity) -> &'static str {
        "connector"
    }

    fn record_refusal(&self, method: &'static str, caller: Option<&ConnectorIdentity>, name: &'static str) {
        if !is_refusal(name) {
            return;
        }
        self.refusals.note(RefusedAttempt {
            tenant: caller.map(|caller| caller.tenant),
            subject: caller.map(|caller| caller.connector.to_string()),
            method,
            reason: name.to_owned(),
        });
    }
}

/// The caller that the layer found.
///
/// # Errors
/// `INTERNAL`: the service is served without its layer.
pub fn caller<C: Clone + Send + Sync + 'static>(extensions: &Extensions) -> Result<C, Refused> {
    let found: Option<&C> = extensions.get();
    found.cloned().ok_or_else(|| {
        Refused::Internal("a service is served without the layer that authenticates".to_owned())
    })
}

/// One method of the API that keeps the caller's deadline by itself: the work, for the caller that the layer found.
///
/// # Errors
/// What the work says, as a status.
pub async fn answer<Q, A>(
    request: Request<Q>,
    work: impl AsyncFnOnce(&Principal, Q) -> Result<A, Refused>,
) -> Result<Response<A>, Status> {
    let (_, extensions, message) = request.into_parts();
    let caller: Principal = caller(&extensions)?;
    Ok(Response::new(work(&caller, message).await?))
}

/// The same for one that records nothing: it is cut when the answer is due.
///
/// # Errors
/// What the work says, as a status; [`Refused::DeadlineExceeded`] if it was cut.
pub async fn read<Q, A>(
    request: Request<Q>,
    work: impl AsyncFnOnce(&Principal, Q) -> Result<A, Refused>,
) -> Result<Response<A>, Status> {
    answer_in_time(request, work, || Refused::DeadlineExceeded).await
}

/// The same for one that records something. If it is cut, what it began may go on.
///
/// # Errors
/// What the work says, as a status; [`Refused::RecordingUnknown`] if it was cut.
pub async fn record<Q, A>(
    request: Request<Q>,
    work: impl AsyncFnOnce(&Principal, Q) -> Result<A, Refused>,
) -> Result<Response<A>, Status> {
    answer_in_time(request, work, || Refused::RecordingUnknown(None)).await
}

async fn answer_in_time<Q, A>(
    request: Request<Q>,
    work: impl AsyncFnOnce(&Principal, Q) -> Result<A, Refused>,
    cut: impl FnOnce() -> Refused,
) -> Result<Response<A>, Status> {
    let within = answer_within(request.metadata());
    let in_time = async |caller: &Principal, message| {
        let done = tokio::time::timeout(within, work(caller, message)).await;
        done.unwrap_or_else(|_elapsed| Err(cut()))
    };
    answer(request, in_time).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enroll_is_a_method_of_the_contract() {
        assert!(methods::of(GATEWAY).any(|method| method == ENROLL));
    }
}
