//! The real directory: a pool of LDAPS connections to one domain controller.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use ldap3::Mod;
use ldap3::controls::RawControl;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::answer::{AdAnswer, Cause, RequestKind};
use super::connection::{CallError, Connection};
use super::pool::{Lease, Pool};
use super::settings::LdapsSettings;
use super::{
    AccountReading, ActiveDirectory, AdError, ComparedName, DomainController, FollowUpRequest,
    FollowUpResult, ListedAccount, MarkerSnapshot, Rights, UnknownCause, Write, WriteRequest, WriteResult,
    listing, reading, survey,
};
use crate::domain::{AccountAnchor, NamedBy, ObjectGuid};
use crate::policy::Scope;

/// The value of the policy hints control: SEQUENCE { INTEGER 1 }. Any other flag silently enforces nothing.
const ENFORCE_HISTORY_AND_AGE: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x01];
const UNICODE_PWD: &[u8] = b"unicodePwd";
const ZERO: &[u8] = b"0";

/// What a modify is for.
#[derive(Clone, Copy)]
struct Target<'a> {
    anchor: AccountAnchor,
    /// Where it was read.
    read_at: &'a DomainController,
    /// The marker that it was read with: `None` where it is not written over one.
    seen_marker: Option<Option<&'a [u8]>>,
    /// The name that it must still bear, and since when that is not known.
    name: Option<(&'a NamedBy, Instant)>,
}

/// Active Directory over LDAPS, one domain controller.
pub struct LdapsDirectory {
    pub(super) pool: Arc<Pool>,
    warmer: AbortHandle,
}

impl Drop for LdapsDirectory {
    fn drop(&mut self) {
        self.warmer.abort();
    }
}

impl LdapsDirectory {
    /// Starts keeping connections warm; needs a Tokio runtime. Does not wait for the first one: whether the domain
    /// controller answers shows with the first request.
    #[must_use]
    pub fn start(settings: LdapsSettings) -> Self {
        let every = settings.keep_warm;
        let pool = Pool::new(settings);
        let weak = Arc::downgrade(&pool);
        let warmer = tokio::spawn(async move {
            while let Some(pool) = weak.upgrade() {
                pool.keep_warm().await;
                drop(pool);
                tokio::time::sleep(every).await;
            }
        });
        Self {
            pool,
            warmer: warmer.abort_handle(),
        }
    }

    fn settings(&self) -> &LdapsSettings {
        self.pool.settings()
    }

    fn dc(&self) -> &str {
        &self.settings().url.host
    }

    /// Finds out which domain controllers the configured name leads to, by connections of their own. More than one is a
    /// mistake in the configuration.
    ///
    /// # Errors
    /// [`AdError`] where an address that the name leads to is not one that can be used.
    pub async fn find_controllers(&self) -> Result<Vec<String>, AdError> {
        survey::find_controllers(&self.pool).await
    }

    /// Zeroes these attributes, over the marker that was seen.
    async fn send_effects(
        &self,
        kind: RequestKind,
        request: &FollowUpRequest,
        (seen, next): (&[u8], &str),
        zeroed: &[&[u8]],
    ) -> WriteResult {
        let attribute = self.settings().marker_attribute.as_bytes();
        let target = Target {
            anchor: request.anchor,
            read_at: &request.read_at,
            seen_marker: Some(Some(seen)),
            // The password that it goes with has landed on this account.
            name: None,
        };
        self.send(kind, target, &|| {
            let swap = [
                Mod::Delete(attribute, one(seen)),
                Mod::Add(attribute, one(next.as_bytes())),
            ];
            let zeroed = zeroed.iter().map(|attribute| zero(attribute));
            swap.into_iter().chain(zeroed).collect()
        })
        .await
    }

    /// Sends one modify, at most twice: again only after an answer, or where it is certain that nothing was sent.
    async fn send<'a>(
        &self,
        request: RequestKind,
        mut target: Target<'_>,
        build: &(dyn Fn() -> Vec<Mod<&'a [u8]>> + Send + Sync),
    ) -> WriteResult {
        let mut lease = match self.pool.lease_that_answers().await {
            Ok(lease) => lease,
            Err(error) => return WriteResult::NotSent(error),
        };
        let mut tries_left = 1;
        loop {
            let facts = lease.connection().facts();
            let prepared = require_same(target.read_at, facts).and_then(|()| control(request, facts));
            let control = match prepared {
                Ok(control) => control,
                Err(error) => {
                    lease.release();
                    return WriteResult::NotSent(error);
                }
            };
            // Waiting for the connection may have taken long.
            if let Err(error) = self.compare_again_if_late(lease.connection(), &mut target).await {
                return WriteResult::NotSent(error);
            }
            let sent = self
                .modify(lease.connection(), &target.anchor.ldap_target(), build(), control)
                .await;
            let again = match &sent {
                Ok(Some(answer)) => answer.cause(request) == Cause::BindLost,
                Err(CallError::NotSent) => true,
                Ok(None) | Err(CallError::Lost | CallError::TimedOut | CallError::Unreadable) => false,
            };
            if again && tries_left > 0 {
                tries_left -= 1;
                lease.connection().give_up();
                match self.pool.open().await {
                    Ok(connection) => *lease.connection() = connection,
                    Err(error) => return WriteResult::NotSent(error),
                }
                continue;
            }
            return match sent {
                Ok(None) => {
                    lease.release();
                    WriteResult::Done
                }
                Ok(Some(answer)) => self.refused(lease, request, target, answer).await,
                Err(CallError::NotSent) => {
                    let detail = "connection lost before the request was sent".to_owned();
                    WriteResult::NotSent(AdError::Unreachable {
                        dc: self.dc().to_owned(),
                        detail,
                    })
                }
                Err(CallError::Lost) => WriteResult::Unknown(UnknownCause::ConnectionLost),
                Err(CallError::TimedOut) => WriteResult::Unknown(UnknownCause::TimedOut),
                Err(CallError::Unreadable) => WriteResult::Unknown(UnknownCause::Unreadable),
            };
        }
    }

    /// Has the name compared once more where that was too long ago.
    async fn compare_again_if_late(
        &self,
        connection: &Connection,
        target: &mut Target<'_>,
    ) -> Result<(), AdError> {
        let Some((named_by, compared_at)) = &mut target.name else {
            return Ok(());
        };
        if compared_at.elapsed() <= ComparedName::HOLDS_FOR {
            return Ok(());
        }
        *compared_at = Instant::now();
        let bears_name = reading::bears_name(connection, self.settings(), target.anchor, named_by)
            .await
            .map_err(|error| error.into_ad_error(self.dc()))?;
        bears_name.then_some(()).ok_or(AdError::NameMoved)
    }

    /// Modifies, unless the connection turns out to be cut off while it waits for the answer.
    async fn modify(
        &self,
        connection: &Connection,
        target: &str,
        mods: Vec<Mod<&[u8]>>,
        control: Option<RawControl>,
    ) -> Result<Option<AdAnswer>, CallError> {
        let limit = self.settings().timeouts.write;
        tokio::select! {
            sent = connection.modify(limit, target, mods, control) => sent,
            () = self.pool.write_cut_off(connection.answered_at()) => Err(CallError::Lost),
        }
    }

    /// Tells a marker that moved from a refusal. Where a 19 names a cause that only the password or the account can
    /// have, the marker is not looked at: a wrong current password must never lead to a second try.
    async fn refused(
        &self,
        mut lease: Lease,
        request: RequestKind,
        target: Target<'_>,
        answer: AdAnswer,
    ) -> WriteResult {
        let Some(seen) = target.seen_marker else {
            lease.release();
            return WriteResult::Refused(answer);
        };
        if answer.cause(request) == Cause::MarkerMoved {
            lease.release();
            return WriteResult::MarkerMoved(answer);
        }
        let certain = matches!(answer.code, Some(0x5 | 0x56 | 0x52D | 0x775));
        if answer.ldap != 19 || certain {
            lease.release();
            return WriteResult::Refused(answer);
        }
        match reading::marker(lease.connection(), self.settings(), target.anchor).await {
            Ok(now) => {
                lease.release();
                if now.marker.as_deref() == seen {
                    WriteResult::Refused(answer)
                } else {
                    WriteResult::MarkerMoved(answer)
                }
            }
            Err(_) => WriteResult::Refused(answer),
        }
    }
}

impl ActiveDirectory for LdapsDirectory {
    fn domain_controller(&self) -> BoxFuture<'_, Result<DomainController, AdError>> {
        Box::pin(self.pool.ask_controller())
    }

    fn read_account<'a>(
        &'a self,
        anchor: AccountAnchor,
        named_by: &'a NamedBy,
    ) -> BoxFuture<'a, Result<AccountReading, AdError>> {
        let reading = self.pool.read(move |connection, settings| {
            let named_by = named_by.clone();
            Box::pin(async move { reading::account(connection, settings, anchor, &named_by).await })
        });
        Box::pin(reading)
    }

    fn marker_attribute(&self) -> &str {
        &self.settings().marker_attribute
    }

    fn read_rights(&self, anchor: AccountAnchor) -> BoxFuture<'_, Result<Rights, AdError>> {
        let reading = self
            .pool
            .read(move |connection, settings| Box::pin(reading::rights(connection, settings, anchor)));
        Box::pin(reading)
    }

    fn read_marker(&self, anchor: AccountAnchor) -> BoxFuture<'_, Result<MarkerSnapshot, AdError>> {
        let reading = self
            .pool
            .read(move |connection, settings| Box::pin(reading::marker(connection, settings, anchor)));
        Box::pin(reading)
    }

    fn write<'a>(&'a self, request: &'a WriteRequest<'a>) -> BoxFuture<'a, WriteResult> {
        Box::pin(async move {
            let attribute = self.settings().marker_attribute.as_bytes();
            let target = Target {
                anchor: request.anchor,
                read_at: request.read_at,
                seen_marker: request.marker.map(|swap| swap.seen.as_deref()),
                name: request.name.map(|name| {
                    let now = Instant::now();
                    (name.named_by, now.checked_sub(name.age).unwrap_or(now))
                }),
            };
            let kind = request.write.request_kind();
            self.send(kind, target, &|| modifications(request, attribute))
                .await
        })
    }

    fn follow_up<'a>(&'a self, request: &'a FollowUpRequest) -> BoxFuture<'a, FollowUpResult> {
        Box::pin(async move {
            let effects = request.effects;
            let (mut seen, [mut next, last]) = (request.seen.as_slice(), request.next.each_ref());
            if effects.must_change && effects.unlock {
                let both: &[&[u8]] = &[b"pwdLastSet", b"lockoutTime"];
                let kind = RequestKind::RequireChange;
                let whole = |unlock, must_change| FollowUpResult {
                    must_change: Some(must_change),
                    unlock: Some(unlock),
                };
                match self.send_effects(kind, request, (seen, next), both).await {
                    WriteResult::Done => return whole(WriteResult::Done, WriteResult::Done),
                    WriteResult::MarkerMoved(answer) => {
                        let moved = WriteResult::MarkerMoved(answer.clone());
                        return whole(moved, WriteResult::MarkerMoved(answer));
                    }
                    WriteResult::Unknown(cause) => {
                        return whole(WriteResult::Unknown(cause), WriteResult::Unknown(cause));
                    }
                    // Whole or not at all: one missing right must not take the other with it.
                    WriteResult::Refused(_) | WriteResult::NotSent(_) => {}
                }
            }
            let mut result = FollowUpResult::default();
            if effects.must_change {
                let kind = RequestKind::RequireChange;
                let sent = self
                    .send_effects(kind, request, (seen, next), &[b"pwdLastSet"])
                    .await;
                if matches!(sent, WriteResult::Done) {
                    (seen, next) = (next.as_bytes(), last);
                }
                result.must_change = Some(sent);
            }
            if effects.unlock {
                let kind = RequestKind::Unlock;
                let sent = self
                    .send_effects(kind, request, (seen, next), &[b"lockoutTime"])
                    .await;
                result.unlock = Some(sent);
            }
            result
        })
    }

    fn list_accounts<'a>(
        &'a self,
        scope: &'a Scope,
        pages: mpsc::Sender<Vec<ListedAccount>>,
    ) -> BoxFuture<'a, Result<u64, AdError>> {
        Box::pin(async move {
            let connection = self.pool.open().await?;
            let mut seen = HashSet::new();
            for base in &scope.include {
                let base = base.to_string();
                listing::list(&connection, self.settings(), &base, scope, &mut seen, &pages).await?;
            }
            Ok(seen.len() as u64)
        })
    }
}

/// What was judged at one domain controller is not written at another one, nor over another state of its database.
fn require_same(read: &DomainController, leased: &DomainController) -> Result<(), AdError> {
    if read.is_same_database(leased) {
        return Ok(());
    }
    if read.is_same_host(leased) {
        return Err(AdError::OtherDatabase {
            dc: leased.name.clone(),
        });
    }
    Err(AdError::OtherController {
        expected: read.name.clone(),
        found: leased.name.clone(),
    })
}

/// The policy hints for a reset; an error where the domain controller cannot do what is requested.
fn control(request: RequestKind, facts: &DomainController) -> Result<Option<RawControl>, AdError> {
    let dc = || facts.name.clone();
    if facts.read_only {
        return Err(AdError::ReadOnly { dc: dc() });
    }
    if request != RequestKind::Reset {
        return Ok(None);
    }
    let hints = facts
        .policy_hints
        .ok_or_else(|| AdError::PolicyHintsUnsupported { dc: dc() })?;
    Ok(Some(RawControl {
        ctype: hints.oid().to_owned(),
        crit: true,
        val: Some(ENFORCE_HISTORY_AND_AGE.to_vec()),
    }))
}

/// The one modify: the seen marker goes, ours comes, and the change itself, in this order.
fn modifications<'a>(request: &'a WriteRequest<'a>, marker_attribute: &'a [u8]) -> Vec<Mod<&'a [u8]>> {
    let mut mods = Vec::with_capacity(4);
    if let Some(swap) = request.marker {
        if let Some(seen) = &swap.seen {
            mods.push(Mod::Delete(marker_attribute, one(seen)));
        }
        mods.push(Mod::Add(marker_attribute, one(swap.next.as_bytes())));
    }
    match &request.write {
        Write::Change { current, new } => {
            mods.push(Mod::Delete(UNICODE_PWD, one(current.expose())));
            mods.push(Mod::Add(UNICODE_PWD, one(new.expose())));
        }
        Write::Reset { new } => mods.push(Mod::Replace(UNICODE_PWD, one(new.expose()))),
        Write::Unlock => mods.push(zero(b"lockoutTime")),
        Write::RequireChange => mods.push(zero(b"pwdLastSet")),
        Write::Fence => {}
    }
    mods
}

fn zero(attribute: &[u8]) -> Mod<&[u8]> {
    Mod::Replace(attribute, one(ZERO))
}

fn one(value: &[u8]) -> HashSet<&[u8]> {
    HashSet::from([value])
}
