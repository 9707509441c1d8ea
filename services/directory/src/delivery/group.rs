//! The connectors of one group, and the line of those who wait for one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use time::OffsetDateTime;

use super::line::Line;
use super::routing::{held_back, no_route, weight};
use super::session::Session;
use crate::domain::{ConnectorId, DomainController};
use crate::operations::port::{NoRoute, Route, RouteRequirements};

#[derive(Default)]
pub(super) struct Group {
    pub(super) sessions: Vec<Arc<Session>>,
    pub(super) dc: Option<DomainController>,
    /// What was delivered up to this moment (unix µs) may be lost.
    pub(super) lost_before_us: Option<i64>,
    /// Nothing is routed here for a moment: its DC is being moved.
    pub(super) is_held_back: bool,
    /// Routes that were reserved and neither used nor given back.
    pub(super) reserved: AtomicUsize,
    pub(super) syncer: Option<ConnectorId>,
    pub(super) last_seen: Option<OffsetDateTime>,
    pub(super) line: Line,
}

impl Group {
    /// Chooses a connector and takes one credit of it.
    ///
    /// Whatever gives a credit serves the line under the same lock. A credit that is there is therefore one that nobody in
    /// line could use, and whoever comes fresh overtakes nobody by taking it.
    pub(super) fn reserve(
        &self,
        requirements: &RouteRequirements,
        now: OffsetDateTime,
    ) -> Result<Route, NoRoute> {
        if self.is_held_back {
            return Err(held_back());
        }
        let mut candidates: Vec<&Arc<Session>> = self
            .sessions
            .iter()
            .filter(|session| requirements.only.is_none_or(|only| session.who.connector == only))
            .collect();
        candidates.sort_by_cached_key(|session| {
            std::cmp::Reverse(weight(requirements.anchor, session.who.connector))
        });
        let mut refusals = Vec::new();
        for session in candidates {
            match session.reserve(self.dc.as_ref(), &requirements.key_ids, now) {
                Ok(()) => {
                    // Under the lock that a move takes to hold the group back.
                    self.reserved.fetch_add(1, Ordering::AcqRel);
                    return Ok(Route {
                        who: session.who,
                        group_dc: self.dc.clone(),
                        lost_before_us: self.lost_before_us,
                    });
                }
                Err(why) => refusals.push(why),
            }
        }
        Err(no_route(refusals, self.last_seen))
    }

    /// A credit came: it goes to the first in line that it serves.
    pub(super) fn serve_credit(&mut self, now: OffsetDateTime) {
        self.serve(now, |group| {
            group.sessions.iter().any(|session| session.has_credit())
        });
    }

    /// A connector came, went or changed: everybody in line looks anew.
    pub(super) fn serve_all(&mut self, now: OffsetDateTime) {
        self.serve(now, |_| true);
    }

    fn serve(&mut self, now: OffsetDateTime, may_be_more: impl Fn(&Self) -> bool) {
        let mut line = std::mem::take(&mut self.line);
        line.serve(
            |requirements| self.reserve(requirements, now),
            || may_be_more(self),
        );
        self.line = line;
    }
}
