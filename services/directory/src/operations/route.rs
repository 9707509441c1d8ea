//! A connector that was chosen to be sent to, with one credit of it.

use std::sync::Arc;

use super::port::{NoRoute, Outgoing, Route, RouteRequirements, Routes, StreamClosed};
use crate::domain::{ConnectorId, DomainController};

/// A reserved route. Dropping it gives the credit back, whatever ends its holder: a refusal, an error, a task that is
/// cancelled.
pub(crate) struct ReservedRoute {
    routes: Arc<dyn Routes>,
    route: Route,
    is_spent: bool,
}

impl ReservedRoute {
    /// Chooses a connector and takes one credit of it.
    ///
    /// # Errors
    /// [`NoRoute`]: nothing was taken.
    pub(crate) fn reserve(
        routes: &Arc<dyn Routes>,
        requirements: &RouteRequirements,
    ) -> Result<Self, NoRoute> {
        Ok(Self {
            route: routes.reserve(requirements)?,
            routes: Arc::clone(routes),
            is_spent: false,
        })
    }

    /// Whom it leads to.
    pub(crate) const fn connector(&self) -> ConnectorId {
        self.route.who.connector
    }

    /// The DC of the connector's group.
    pub(crate) const fn group_dc(&self) -> Option<&DomainController> {
        self.route.group_dc.as_ref()
    }

    /// Up to when what was delivered to the group may be lost.
    pub(crate) const fn lost_before_us(&self) -> Option<i64> {
        self.route.lost_before_us
    }

    /// Sends what the credit was taken for.
    ///
    /// # Errors
    /// [`StreamClosed`]: nothing was sent.
    pub(crate) async fn send(mut self, outgoing: Outgoing) -> Result<(), StreamClosed> {
        // From here on the connector may get it: a credit that was perhaps used is not given back. To a stream that turns
        // out to be closed it is worth nothing.
        self.is_spent = true;
        self.routes.send(&self.route, outgoing).await
    }

    /// Gives the credit back and keeps the way, for what takes no credit.
    pub(crate) fn without_credit(self) -> Route {
        self.route.clone()
    }
}

impl Drop for ReservedRoute {
    fn drop(&mut self) {
        if !self.is_spent {
            self.routes.give_back(&self.route);
        }
    }
}

#[cfg(test)]
mod tests;
