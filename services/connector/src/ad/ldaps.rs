//! The real directory: a pool of LDAPS connections to one domain controller.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use ldap3::Mod;
use ldap3::controls::RawControl;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::answer::{AdAnswer, Cause, RequestKind};
use super::connection::{CallError, SearchError};
use super::pool::{Lease, Pool};
use super::settings::LdapsSettings;
use super::{
    AccountReading, ActiveDirectory, AdError, DomainController, FollowUpRequest, FollowUpResult,
    ListedAccount, MarkerSnapshot, UnknownCause, Write, WriteRequest, WriteResult, listing, reading,
};
use crate::domain::{AccountAnchor, ObjectGuid};
use crate::policy::Scope;

/// The value of the policy hints control: SEQUENCE { INTEGER 1 }. Any other flag silently enforces nothing.
const ENFORCE_HISTORY_AND_AGE: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x01];
const UNICODE_PWD: &[u8] = b"unicodePwd";
const ZERO: &[u8] = b"0";

/// Active Directory over LDAPS, one domain controller.
pub struct LdapsDirectory {
    pool: Arc<Pool>,
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
    pub fn start(mut settings: LdapsSettings) -> Self {
        let every = settings.keep_warm;
        let password = std::mem::take(&mut settings.bind_password);
        let pool = Pool::new(settings, password);
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

    /// Reads with one retry on a new connection where the old one was dead or unbound: reads do no harm twice.
    async fn reading<T, R>(&self, read: R) -> Result<T, AdError>
    where
        R: for<'c> Fn(&'c mut Lease) -> BoxFuture<'c, Result<T, SearchError>>,
    {
        let mut lease = self.pool.lease().await?;
        let reused = lease.was_reused();
        let first = match read(&mut lease).await {
            Ok(value) => {
                lease.release();
                return Ok(value);
            }
            Err(error) => error,
        };
        let again = match &first {
            SearchError::Answered(answer) => answer.cause(RequestKind::Read) == Cause::BindLost,
            SearchError::Call(CallError::NotSent | CallError::Lost) => reused,
            SearchError::Call(CallError::TimedOut | CallError::Unreadable) => false,
        };
        if !again {
            if matches!(first, SearchError::Answered(_)) {
                lease.release();
            }
            return Err(first.into_ad_error(self.dc()));
        }
        drop(lease);
        let mut lease = self.pool.lease_fresh().await?;
        let value = read(&mut lease)
            .await
            .map_err(|error| error.into_ad_error(self.dc()))?;
        lease.release();
        Ok(value)
    }

    /// Zeroes these attributes, over the marker that was seen.
    async fn send_effects(
        &self,
        request: RequestKind,
        anchor: AccountAnchor,
        (seen, next): (&[u8], &str),
        zeroed: &[&[u8]],
    ) -> WriteResult {
        let attribute = self.settings().marker_attribute.as_bytes();
        self.send(request, anchor, Some(Some(seen)), &|| {
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
        anchor: AccountAnchor,
        seen_marker: Option<Option<&[u8]>>,
        build: &(dyn Fn() -> Vec<Mod<&'a [u8]>> + Send + Sync),
    ) -> WriteResult {
        let target = anchor.ldap_target();
        let mut lease = match self.pool.lease().await {
            Ok(lease) => lease,
            Err(error) => return WriteResult::NotSent(error),
        };
        let mut tries_left = 1;
        loop {
            let control = match self.control(request, lease.connection().facts()) {
                Ok(control) => control,
                Err(error) => {
                    lease.release();
                    return WriteResult::NotSent(error);
                }
            };
            let limit = self.settings().timeouts.write;
            let sent = lease.connection().modify(limit, &target, build(), control).await;
            let again = match &sent {
                Ok(Some(answer)) => answer.cause(request) == Cause::BindLost,
                Err(CallError::NotSent) => true,
                Ok(None) | Err(CallError::Lost | CallError::TimedOut | CallError::Unreadable) => false,
            };
            if again && tries_left > 0 {
                tries_left -= 1;
                drop(lease);
                lease = match self.pool.lease_fresh().await {
                    Ok(lease) => lease,
                    Err(error) => return WriteResult::NotSent(error),
                };
                continue;
            }
            return match sent {
                Ok(None) => {
                    lease.release();
                    WriteResult::Done
                }
                Ok(Some(answer)) => self.refused(lease, request, anchor, seen_marker, answer).await,
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

    /// The policy hints for a reset; an error where the domain controller cannot do what is requested.
    fn control(&self, request: RequestKind, facts: &DomainController) -> Result<Option<RawControl>, AdError> {
        if facts.read_only {
            return Err(AdError::ReadOnly {
                dc: facts.name.clone(),
            });
        }
        if request != RequestKind::Reset {
            return Ok(None);
        }
        let hints = facts
            .policy_hints
            .ok_or_else(|| AdError::PolicyHintsUnsupported {
                dc: facts.name.clone(),
            })?;
        Ok(Some(RawControl {
            ctype: hints.oid().to_owned(),
            crit: true,
            val: Some(ENFORCE_HISTORY_AND_AGE.to_vec()),
        }))
    }

    /// Tells a marker that moved from a refusal. Where a 19 names a cause that only the password or the account can
    /// have, the marker is not looked at: a wrong current password must never lead to a second try.
    async fn refused(
        &self,
        mut lease: Lease,
        request: RequestKind,
        anchor: AccountAnchor,
        seen_marker: Option<Option<&[u8]>>,
        answer: AdAnswer,
    ) -> WriteResult {
        let Some(seen) = seen_marker else {
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
        match reading::marker(&mut lease, anchor).await {
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
        let limit = self.settings().timeouts.read;
        Box::pin(self.reading(move |lease| {
            Box::pin(async move {
                lease.connection().learn(limit).await?;
                lease.connection().count_controllers(limit).await?;
                Ok(lease.connection().facts().clone())
            })
        }))
    }

    fn read_account(&self, anchor: AccountAnchor) -> BoxFuture<'_, Result<AccountReading, AdError>> {
        Box::pin(async move {
            self.reading(move |lease| Box::pin(reading::account(lease, anchor)))
                .await
        })
    }

    fn read_marker(&self, anchor: AccountAnchor) -> BoxFuture<'_, Result<MarkerSnapshot, AdError>> {
        Box::pin(async move {
            self.reading(move |lease| Box::pin(reading::marker(lease, anchor)))
                .await
        })
    }

    fn write<'a>(&'a self, request: &'a WriteRequest<'a>) -> BoxFuture<'a, WriteResult> {
        Box::pin(async move {
            let attribute = self.settings().marker_attribute.as_bytes();
            let seen = request.marker.map(|swap| swap.seen.as_deref());
            let kind = request.write.request_kind();
            self.send(kind, request.anchor, seen, &|| modifications(request, attribute))
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
                match self.send_effects(kind, request.anchor, (seen, next), both).await {
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
                    .send_effects(kind, request.anchor, (seen, next), &[b"pwdLastSet"])
                    .await;
                if matches!(sent, WriteResult::Done) {
                    (seen, next) = (next.as_bytes(), last);
                }
                result.must_change = Some(sent);
            }
            if effects.unlock {
                let sent = self
                    .send_effects(
                        RequestKind::Unlock,
                        request.anchor,
                        (seen, next),
                        &[b"lockoutTime"],
                    )
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
            let mut connection = self.pool.open().await?;
            let mut seen = HashSet::new();
            for base in &scope.include {
                let base = base.to_string();
                listing::list(&mut connection, self.settings(), &base, scope, &mut seen, &pages).await?;
            }
            Ok(seen.len() as u64)
        })
    }
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
