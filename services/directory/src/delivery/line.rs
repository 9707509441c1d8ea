//! The line of those who wait for a connector of a group, first come, first served. Pure but for the watch by which a
//! waiter learns of its turn.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::operations::port::{NoRoute, Place, Route, RouteRequirements, Turn};

/// Everybody who waits, in the order in which they came.
#[derive(Debug, Default)]
pub struct Line {
    last: u64,
    waiters: BTreeMap<u64, Waiter>,
}

#[derive(Debug)]
struct Waiter {
    requirements: RouteRequirements,
    turn: watch::Sender<Turn>,
}

impl Line {
    /// Somebody comes to the end of the line: there is no route for it now, and why.
    pub fn join(&mut self, requirements: RouteRequirements, why: NoRoute) -> Place {
        self.last += 1;
        let (turn, learns) = watch::channel(Turn::Waits(why));
        self.waiters.insert(self.last, Waiter { requirements, turn });
        Place {
            number: self.last,
            turn: learns,
        }
    }

    /// Somebody waits no more. Whoever was served is not in the line any more.
    pub fn leave(&mut self, number: u64) {
        self.waiters.remove(&number);
    }

    /// Something changed: whoever has a route now gets it, the first one first; the others learn why they wait, if that is
    /// another reason than before. Goes on while there may be more to have.
    pub fn serve(
        &mut self,
        reserve: impl Fn(&RouteRequirements) -> Result<Route, NoRoute>,
        may_be_more: impl Fn() -> bool,
    ) {
        let mut served = Vec::new();
        for (number, waiter) in &self.waiters {
            if !may_be_more() {
                break;
            }
            match reserve(&waiter.requirements) {
                Ok(route) => {
                    waiter.turn.send_replace(Turn::Comes(route));
                    served.push(*number);
                }
                Err(why) => waiter.learn(why),
            }
        }
        for number in served {
            self.leave(number);
        }
    }
}

impl Waiter {
    fn learn(&self, why: NoRoute) {
        self.turn.send_if_modified(|turn| {
            let is_news = match turn {
                Turn::Waits(before) => (before.busy, before.reason.code()) != (why.busy, why.reason.code()),
                Turn::Comes(_) => false,
            };
            if is_news {
                *turn = Turn::Waits(why);
            }
            is_news
        });
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use groundwire_proto::reasons::{Reason, ReasonCode};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{AccountAnchor, ConnectorGroupId, ConnectorId, TenantId};
    use crate::operations::port::{AttachedConnector, SessionId};

    const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));
    const GROUP: ConnectorGroupId = ConnectorGroupId::new(Uuid::from_u128(2));
    const CONNECTOR: ConnectorId = ConnectorId::new(Uuid::from_u128(3));

    fn requirements(anchor: u128, only: Option<ConnectorId>) -> RouteRequirements {
        RouteRequirements {
            tenant: TENANT,
            group: GROUP,
            anchor: AccountAnchor::new(Uuid::from_u128(anchor)),
            key_ids: Vec::new(),
            only,
        }
    }

    fn route() -> Route {
        Route {
            who: AttachedConnector {
                tenant: TENANT,
                group: GROUP,
                connector: CONNECTOR,
                session: SessionId(1),
            },
            group_dc: None,
            lost_before_us: None,
        }
    }

    fn without(code: ReasonCode) -> NoRoute {
        NoRoute {
            reason: Reason::new(code),
            busy: code == ReasonCode::Overloaded,
        }
    }

    fn has_come(place: &Place) -> bool {
        matches!(*place.turn.borrow(), Turn::Comes(_))
    }

    #[test]
    fn credits_go_to_the_first_that_they_serve() {
        let mut line = Line::default();
        let busy = || without(ReasonCode::Overloaded);
        let elsewhere = line.join(
            requirements(1, Some(ConnectorId::new(Uuid::from_u128(9)))),
            busy(),
        );
        let places: Vec<Place> = (2..6)
            .map(|anchor| line.join(requirements(anchor, None), busy()))
            .collect();
        line.leave(places[1].number);
        let credits = Cell::new(2);
        let reserve = |requirements: &RouteRequirements| {
            if requirements.only.is_some_and(|only| only != CONNECTOR) || credits.get() == 0 {
                return Err(busy());
            }
            credits.set(credits.get() - 1);
            Ok(route())
        };
        line.serve(reserve, || credits.get() > 0);
        let come: Vec<bool> = places.iter().map(has_come).collect();
        assert_eq!(come, [true, false, true, false]);
        assert!(!has_come(&elsewhere));
        credits.set(1);
        line.serve(reserve, || credits.get() > 0);
        assert!(has_come(&places[3]));
    }

    #[test]
    fn who_waits_learns_of_another_reason_once_and_keeps_its_place() {
        let mut line = Line::default();
        let mut place = line.join(requirements(1, None), without(ReasonCode::Overloaded));
        line.serve(|_| Err(without(ReasonCode::Overloaded)), || true);
        assert!(!place.turn.has_changed().unwrap(), "it is the same reason");
        for _ in 0..2 {
            line.serve(|_| Err(without(ReasonCode::NoConnector)), || true);
        }
        assert!(matches!(&*place.turn.borrow_and_update(), Turn::Waits(why) if !why.busy));
        assert!(!place.turn.has_changed().unwrap());
        line.serve(|_| Ok(route()), || true);
        assert!(has_come(&place));
    }
}
