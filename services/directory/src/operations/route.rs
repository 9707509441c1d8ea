//! A connector that was chosen to be sent to, with one credit of it; and the place in line of who waits for one.

use std::sync::Arc;

use tokio::sync::watch;

use super::port::{NoRoute, Outgoing, Place, Route, RouteRequirements, Routes, StreamClosed, Turn};
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

/// A place in the line of those who wait for a route. Dropping it gives it up, with the credit that was perhaps reserved
/// for it by then.
pub(crate) struct PlaceInLine {
    routes: Arc<dyn Routes>,
    requirements: RouteRequirements,
    place: Place,
    /// What was reserved for it was taken out.
    is_served: bool,
}

impl PlaceInLine {
    /// Lines up for a route. Its turn may come at once.
    pub(crate) fn line_up(routes: &Arc<dyn Routes>, requirements: &RouteRequirements) -> Self {
        let place = match routes.line_up(requirements) {
            Ok(route) => Place {
                number: 0,
                turn: watch::channel(Turn::Comes(route)).1,
            },
            Err(place) => place,
        };
        Self {
            routes: Arc::clone(routes),
            requirements: requirements.clone(),
            place,
            is_served: false,
        }
    }

    /// True if it serves who needs this.
    pub(crate) fn is_for(&self, requirements: &RouteRequirements) -> bool {
        self.requirements == *requirements
    }

    /// Waits until its turn comes, or it waits for another reason.
    pub(crate) async fn changed(&mut self) {
        if self.place.turn.changed().await.is_err() {
            // It was served, and whoever holds it has not looked yet; or nobody keeps the line any more.
            std::future::pending::<()>().await;
        }
    }

    /// Takes the route, if its turn has come. Of no use afterwards.
    ///
    /// # Errors
    /// Why it goes on waiting.
    pub(crate) fn take_turn(&mut self) -> Result<ReservedRoute, NoRoute> {
        let turn = self.place.turn.borrow_and_update().clone();
        match turn {
            Turn::Waits(why) => Err(why),
            Turn::Comes(route) => {
                self.is_served = true;
                Ok(ReservedRoute {
                    routes: Arc::clone(&self.routes),
                    route,
                    is_spent: false,
                })
            }
        }
    }
}

impl Drop for PlaceInLine {
    fn drop(&mut self) {
        if self.is_served {
            return;
        }
        // First it leaves: then no turn can come any more while it is looked whether one has.
        self.routes.leave_line(&self.requirements, self.place.number);
        if let Turn::Comes(route) = &*self.place.turn.borrow() {
            self.routes.give_back(route);
        }
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
