//! What every service of the API does first and last: who calls, in which trace, and how a refusal leaves.

use std::sync::Arc;

use groundwire_kit::telemetry::trace_context;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};
use tracing::Span;

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

/// A request whose caller is known, in its span.
pub struct Known<T> {
    /// Who calls.
    pub caller: Principal,
    /// The request's metadata.
    pub metadata: MetadataMap,
    /// The message.
    pub message: T,
    /// The server span of the call; a child of the caller's span if the caller told one.
    pub span: Span,
}

impl Edge {
    /// The edge of an API.
    #[must_use]
    pub const fn new(tokens: Arc<StaticTokens>, refusals: Refusals) -> Self {
        Self { tokens, refusals }
    }

    /// Finds out who calls.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, recorded in the system log.
    pub fn known<T>(&self, method: &'static str, request: Request<T>) -> Result<Known<T>, Status> {
        let (metadata, _, message) = request.into_parts();
        let caller = match self.tokens.authenticate(&metadata) {
            Ok(caller) => caller,
            Err(refused) => return Err(self.refuse(method, None, refused)),
        };
        let span = tracing::info_span!(
            "rpc",
            otel.name = method,
            otel.kind = "server",
            rpc.system = "grpc",
            rpc.method = method,
            role = caller.role.name()
        );
        // Every caller here is authenticated, so its trace is continued.
        if let Some(parent) = trace_context::extract(&metadata) {
            parent.set_as_parent_of(&span);
        }
        Ok(Known {
            caller,
            metadata,
            message,
            span,
        })
    }

    /// Records a refusal and turns it into the status.
    pub fn refuse(&self, method: &'static str, caller: Option<&Principal>, refused: Refused) -> Status {
        self.refusals.note(RefusedAttempt {
            tenant: caller.and_then(|caller| caller.tenant),
            subject: caller.map(|caller| caller.subject.clone()),
            method,
            reason: refused.name().to_owned(),
        });
        Status::from(refused)
    }

    /// The answer, or the recorded refusal.
    ///
    /// # Errors
    /// The refusal as a status.
    pub fn answer<T>(
        &self,
        method: &'static str,
        caller: &Principal,
        result: Result<T, Refused>,
    ) -> Result<Response<T>, Status> {
        result
            .map(Response::new)
            .map_err(|refused| self.refuse(method, Some(caller), refused))
    }
}
