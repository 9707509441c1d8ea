//! What every service of the API does first and last: who calls, in which trace, and how a refusal leaves.

use std::sync::Arc;

use groundwire_kit::telemetry::trace_context;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};
use tracing::{Instrument as _, Span};

use super::principal::StaticTokens;
use super::status::Refused;
use crate::domain::Principal;
use crate::operations::{Refusals, RefusedAttempt};

/// Shared by the services. Cheap to clone.
#[derive(Clone)]
pub struct Edge {
    tokens: Arc<StaticTokens>,
    refusals: Refusals,
}

impl Edge {
    /// The edge of an API.
    #[must_use]
    pub const fn new(tokens: Arc<StaticTokens>, refusals: Refusals) -> Self {
        Self { tokens, refusals }
    }

    /// One method: who calls, the work in the span of the call, the answer or the recorded refusal.
    ///
    /// # Errors
    /// The refusal as a status: `UNAUTHENTICATED`, or what the work says.
    pub async fn call<Q, A>(
        &self,
        method: &'static str,
        request: Request<Q>,
        work: impl AsyncFnOnce(&Principal, Q) -> Result<A, Refused>,
    ) -> Result<Response<A>, Status> {
        let (metadata, _, message) = request.into_parts();
        let caller = match self.tokens.authenticate(&metadata) {
            Ok(caller) => caller,
            Err(refused) => return Err(self.refuse(method, None, refused)),
        };
        let span = server_span(method, &caller, &metadata);
        match work(&caller, message).instrument(span).await {
            Ok(answer) => Ok(Response::new(answer)),
            Err(refused) => Err(self.refuse(method, Some(&caller), refused)),
        }
    }

    /// Records a refusal and turns it into the status.
    fn refuse(&self, method: &'static str, caller: Option<&Principal>, refused: Refused) -> Status {
        self.refusals.note(RefusedAttempt {
            tenant: caller.and_then(|caller| caller.tenant),
            subject: caller.map(|caller| caller.subject.clone()),
            method,
            reason: refused.name().to_owned(),
        });
        Status::from(refused)
    }
}

/// The server span of a call; a child of the caller's span if the caller told one.
fn server_span(method: &'static str, caller: &Principal, metadata: &MetadataMap) -> Span {
    let span = tracing::info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.method = method,
        role = caller.role.name()
    );
    // Every caller here is authenticated, so its trace is continued.
    if let Some(parent) = trace_context::extract(metadata) {
        parent.set_as_parent_of(&span);
    }
    span
}
