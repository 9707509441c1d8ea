//! A stand-in for Active Directory, for faults at an exact point: an answer that is lost before or after the
//! write landed, a write that lands late, a DC that goes away. It keeps one account and its marker, and applies a modify
//! whole or not at all, by compare-and-set, as the real one was measured to. It is not a domain controller: what a real
//! one does is tested against the real one.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use groundwire_connector::ad::{
    AccountReading, ActiveDirectory, AdAnswer, AdError, DomainController, FollowUpRequest, FollowUpResult,
    ListedAccount, MarkerSnapshot, MarkerSwap, Permission, PolicyHints, RequestKind, Rights, UnknownCause,
    WritableAttributes, Write, WriteRequest, WriteResult,
};
use groundwire_connector::domain::{
    AccountAnchor, AccountSnapshot, ComputedFlags, Effects, FileTime, NamedBy, Sid, UserAccountControl,
};
use groundwire_connector::policy::Scope;
use groundwire_connector::policy::effective::{EffectivePolicy, PolicyReading, PolicySource};
use groundwire_proto::operation::LookupName;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

pub(crate) const DC: &str = "dc1.corp.example";

/// What the next write meets.
#[derive(Clone, Copy)]
pub(crate) enum WriteFault {
    /// It is applied, the answer is lost.
    AppliedUnanswered,
    /// It is not applied and never will be, the answer is lost.
    LostUnanswered,
    /// It is not applied and never answered: not even the connection ends.
    NeverAnswered,
    /// It is on its way: it lands when the test says so, if the marker then still fits.
    Late,
    /// It is refused with this result and text.
    Refused(u32, &'static str),
    /// It never left.
    NotSent,
    /// It never left: the account lost its name while it waited.
    NameLost,
}

struct Pending {
    kind: RequestKind,
    swap: MarkerSwap,
}

struct State {
    reading: AccountReading,
    unreachable: bool,
    faults: VecDeque<WriteFault>,
    pending: Vec<Pending>,
    /// What was applied, in order.
    applied: Vec<RequestKind>,
    /// What was sent, applied or not.
    sent: Vec<RequestKind>,
    follow_ups: Vec<Effects>,
    follow_up_refused: bool,
    reads: usize,
    lose_bad_count: bool,
    land_before_fence: bool,
    /// While it holds `true`, reads are not answered.
    slow: watch::Sender<bool>,
    /// While it holds `true`, reads of rights are not answered.
    slow_rights: watch::Sender<bool>,
    reading_now: usize,
    most_reading: usize,
}

/// The stand-in. Cheap to clone.
#[derive(Clone)]
pub(crate) struct FakeAd(Arc<Mutex<State>>);

fn sid(parts: &[u32]) -> Sid {
    let mut bytes = vec![1, u8::try_from(parts.len()).unwrap(), 0, 0, 0, 0, 0, 5];
    parts.iter().for_each(|part| bytes.extend(part.to_le_bytes()));
    Sid::from_bytes(&bytes).unwrap()
}

impl FakeAd {
    pub(crate) fn new(anchor: AccountAnchor) -> Self {
        let account = AccountSnapshot {
            sid: Some(sid(&[21, 1, 2, 3, 1105])),
            sam_account_name: Some("test11".to_owned()),
            display_name: Some("Harbour Master".to_owned()),
            object_classes: vec!["top".to_owned(), "person".to_owned(), "user".to_owned()],
            control: Some(UserAccountControl(UserAccountControl::NORMAL)),
            computed: Some(ComputedFlags(0)),
            password_last_set: Some(FileTime(132_223_104_000_000_000)),
            bad_password_count: Some(0),
            bad_password_time: Some(FileTime(0)),
            token_groups: Some(vec![sid(&[21, 1, 2, 3, 513])]),
            password_version: Some(7),
            ..AccountSnapshot::unknown(anchor, "CN=test11,OU=Staff,DC=corp,DC=example".to_owned())
        };
        let policy = EffectivePolicy {
            minimum_length: Some(8),
            complex: Some(true),
            history_length: Some(5),
            minimum_age: Some(groundwire_connector::domain::Interval::from_seconds(0)),
            lockout_threshold: Some(5),
            lockout_window: Some(groundwire_connector::domain::Interval::from_seconds(600)),
            ..EffectivePolicy::unknown(PolicySource::Domain)
        };
        let reading = AccountReading {
            account,
            bears_name: true,
            policy: PolicyReading::Known(policy),
            domain_controller: DomainController {
                name: DC.to_owned(),
                naming_context: "DC=corp,DC=example".to_owned(),
                invocation_id: Some(Uuid::from_u128(77)),
                policy_hints: Some(PolicyHints::Current),
                read_only: false,
                domain_controllers: Some(1),
            },
        };
        Self(Arc::new(Mutex::new(State {
            reading,
            unreachable: false,
            faults: VecDeque::new(),
            pending: Vec::new(),
            applied: Vec::new(),
            sent: Vec::new(),
            follow_ups: Vec::new(),
            follow_up_refused: false,
            reads: 0,
            lose_bad_count: false,
            land_before_fence: false,
            slow: watch::channel(false).0,
            slow_rights: watch::channel(false).0,
            reading_now: 0,
            most_reading: 0,
        })))
    }

    /// Is a read that is under way for as long as this says that it is slow.
    async fn read_while(&self, slow: impl FnOnce(&State) -> &watch::Sender<bool>) {
        let mut slow = self.with(|state| {
            state.reading_now += 1;
            state.most_reading = state.most_reading.max(state.reading_now);
            slow(state).subscribe()
        });
        let _fast = slow.wait_for(|slow| !slow).await;
        self.with(|state| state.reading_now -= 1);
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock())
    }

    pub(crate) fn fail_next_write(&self, fault: WriteFault) {
        self.with(|state| state.faults.push_back(fault));
    }

    pub(crate) fn change_account(&self, change: impl FnOnce(&mut AccountSnapshot)) {
        self.with(|state| change(&mut state.reading.account));
    }

    pub(crate) fn change_domain_controller(&self, change: impl FnOnce(&mut DomainController)) {
        self.with(|state| change(&mut state.reading.domain_controller));
    }

    pub(crate) fn set_unreachable(&self, unreachable: bool) {
        self.with(|state| state.unreachable = unreachable);
    }

    /// Leaves reads without an answer until it is fast again.
    pub(crate) fn set_slow(&self, slow: bool) {
        self.with(|state| state.slow.send_replace(slow));
    }

    /// Leaves reads of rights without an answer until they are fast again.
    pub(crate) fn set_rights_slow(&self, slow: bool) {
        self.with(|state| state.slow_rights.send_replace(slow));
    }

    /// How many reads are under way, and how many were at most.
    pub(crate) fn reading(&self) -> (usize, usize) {
        self.with(|state| (state.reading_now, state.most_reading))
    }

    pub(crate) fn refuse_follow_ups(&self) {
        self.with(|state| state.follow_up_refused = true);
    }

    pub(crate) fn count_unanswered_changes_as_wrong(&self) {
        self.with(|state| state.lose_bad_count = true);
    }

    /// What is on its way lands between the look and the fence.
    pub(crate) fn land_before_the_next_fence(&self) {
        self.with(|state| state.land_before_fence = true);
    }

    /// What is on its way lands, where the marker still fits. Answers how many did.
    pub(crate) fn land_late_writes(&self) -> usize {
        self.with(State::land)
    }

    pub(crate) fn marker(&self) -> Option<String> {
        self.with(|state| state.reading.account.marker.clone())
            .map(|marker| String::from_utf8(marker).unwrap())
    }

    /// Writes that had an effect, fences left out.
    pub(crate) fn effects(&self) -> Vec<RequestKind> {
        self.with(|state| {
            state
                .applied
                .iter()
                .copied()
                .filter(|kind| *kind != RequestKind::Fence)
                .collect()
        })
    }

    /// Writes that were sent, fences left out.
    pub(crate) fn sent(&self) -> usize {
        self.with(|state| {
            state
                .sent
                .iter()
                .filter(|kind| **kind != RequestKind::Fence)
                .count()
        })
    }

    pub(crate) fn follow_ups(&self) -> Vec<Effects> {
        self.with(|state| state.follow_ups.clone())
    }

    pub(crate) fn reads(&self) -> usize {
        self.with(|state| state.reads)
    }
}

fn bears_name(account: &AccountSnapshot, named_by: &NamedBy) -> bool {
    match named_by {
        NamedBy::Anchor => true,
        NamedBy::Name(LookupName::SamAccountName(name)) => account.sam_account_name.as_ref() == Some(name),
        NamedBy::Name(LookupName::UserPrincipalName(name)) => {
            account.user_principal_name.as_ref() == Some(name)
        }
        NamedBy::ForgottenName => false,
    }
}

impl State {
    fn fits(&self, swap: &MarkerSwap) -> bool {
        self.reading.account.marker == swap.seen
    }

    fn apply(&mut self, kind: RequestKind, swap: &MarkerSwap) -> bool {
        if !self.fits(swap) {
            return false;
        }
        self.reading.account.marker = Some(swap.next.clone().into_bytes());
        if matches!(kind, RequestKind::Change | RequestKind::Reset) {
            self.reading.account.password_version = self.reading.account.password_version.map(|v| v + 1);
        }
        self.applied.push(kind);
        true
    }

    fn unreachable(&self) -> AdError {
        AdError::Unreachable {
            dc: DC.to_owned(),
            detail: "scripted".to_owned(),
        }
    }

    fn land(&mut self) -> usize {
        let pending = std::mem::take(&mut self.pending);
        pending
            .into_iter()
            .filter(|late| self.apply(late.kind, &late.swap))
            .count()
    }

    fn write(&mut self, request: &WriteRequest<'_>) -> WriteResult {
        let kind = request.write.request_kind();
        let swap = request
            .marker
            .expect("the pipeline never writes without a marker");
        if self.unreachable {
            return WriteResult::NotSent(self.unreachable());
        }
        if kind == RequestKind::Fence && std::mem::take(&mut self.land_before_fence) {
            self.land();
        }
        let fault = if kind == RequestKind::Fence {
            None
        } else {
            self.faults.pop_front()
        };
        match fault {
            Some(WriteFault::NotSent) => return WriteResult::NotSent(self.unreachable()),
            Some(WriteFault::NameLost) => {
                let account = &mut self.reading.account;
                account.sam_account_name = Some("somebody-else".to_owned());
                return WriteResult::NotSent(AdError::NameMoved);
            }
            Some(WriteFault::Refused(ldap, text)) => {
                self.sent.push(kind);
                return if self.fits(swap) {
                    WriteResult::Refused(AdAnswer::parse(ldap, text.as_bytes()))
                } else {
                    WriteResult::MarkerMoved(AdAnswer::parse(16, b""))
                };
            }
            Some(WriteFault::AppliedUnanswered) => {
                self.sent.push(kind);
                self.apply(kind, swap);
                return WriteResult::Unknown(UnknownCause::ConnectionLost);
            }
            Some(WriteFault::LostUnanswered) => {
                self.sent.push(kind);
                if self.lose_bad_count {
                    let account = &mut self.reading.account;
                    account.bad_password_count = Some(1);
                    account.bad_password_time = Some(FileTime(132_223_110_000_000_000));
                }
                return WriteResult::Unknown(UnknownCause::TimedOut);
            }
            // Its answer is not waited for here.
            Some(WriteFault::NeverAnswered) => return WriteResult::Unknown(UnknownCause::TimedOut),
            Some(WriteFault::Late) => {
                self.sent.push(kind);
                self.pending.push(Pending {
                    kind,
                    swap: swap.clone(),
                });
                return WriteResult::Unknown(UnknownCause::ConnectionLost);
            }
            None => {}
        }
        self.sent.push(kind);
        if self.apply(kind, swap) {
            WriteResult::Done
        } else {
            WriteResult::MarkerMoved(AdAnswer::parse(16, b""))
        }
    }
}

impl ActiveDirectory for FakeAd {
    fn domain_controller(&self) -> BoxFuture<'_, Result<DomainController, AdError>> {
        Box::pin(async { Ok(self.with(|state| state.reading.domain_controller.clone())) })
    }

    fn read_account<'a>(
        &'a self,
        _anchor: AccountAnchor,
        named_by: &'a NamedBy,
    ) -> BoxFuture<'a, Result<AccountReading, AdError>> {
        Box::pin(async {
            self.read_while(|state| &state.slow).await;
            self.with(|state| {
                state.reads += 1;
                if state.unreachable {
                    Err(state.unreachable())
                } else {
                    let mut reading = state.reading.clone();
                    reading.bears_name = bears_name(&reading.account, named_by);
                    Ok(reading)
                }
            })
        })
    }

    fn marker_attribute(&self) -> &'static str {
        "msDS-cloudExtensionAttribute20"
    }

    fn read_rights(&self, _anchor: AccountAnchor) -> BoxFuture<'_, Result<Rights, AdError>> {
        Box::pin(async {
            self.read_while(|state| &state.slow_rights).await;
            self.with(|state| {
                if state.unreachable {
                    return Err(state.unreachable());
                }
                Ok(Rights {
                    writable: Some(WritableAttributes {
                        marker: true,
                        password_last_set: true,
                        lockout_time: true,
                    }),
                    change_password: Permission::Granted,
                    marker_attribute: self.marker_attribute().to_owned(),
                })
            })
        })
    }

    fn read_marker(&self, _anchor: AccountAnchor) -> BoxFuture<'_, Result<MarkerSnapshot, AdError>> {
        Box::pin(async {
            self.with(|state| {
                if state.unreachable {
                    return Err(state.unreachable());
                }
                let account = &state.reading.account;
                Ok(MarkerSnapshot {
                    marker: account.marker.clone(),
                    password_version: account.password_version,
                    password_last_set: account.password_last_set,
                    lockout_time: account.lockout_time,
                })
            })
        })
    }

    fn write<'a>(&'a self, request: &'a WriteRequest<'a>) -> BoxFuture<'a, WriteResult> {
        Box::pin(async move {
            let is_silent =
                self.with(|state| matches!(state.faults.front(), Some(WriteFault::NeverAnswered)));
            let result = self.with(|state| state.write(request));
            if is_silent && !matches!(request.write, Write::Fence) {
                std::future::pending::<()>().await;
            }
            result
        })
    }

    fn follow_up<'a>(&'a self, request: &'a FollowUpRequest) -> BoxFuture<'a, FollowUpResult> {
        Box::pin(async move {
            self.with(|state| {
                let effects = request.effects;
                state.follow_ups.push(effects);
                let there = state.reading.account.marker.as_ref() == Some(&request.seen);
                if there && !state.follow_up_refused {
                    state.reading.account.marker = Some(request.next[0].clone().into_bytes());
                }
                let result = || {
                    if !there {
                        WriteResult::MarkerMoved(AdAnswer::parse(16, b""))
                    } else if state.follow_up_refused {
                        WriteResult::Refused(AdAnswer::parse(50, b"00000005: SecErr"))
                    } else {
                        WriteResult::Done
                    }
                };
                FollowUpResult {
                    must_change: effects.must_change.then(result),
                    unlock: effects.unlock.then(result),
                }
            })
        })
    }

    fn list_accounts<'a>(
        &'a self,
        _scope: &'a Scope,
        _pages: mpsc::Sender<Vec<ListedAccount>>,
    ) -> BoxFuture<'a, Result<u64, AdError>> {
        Box::pin(async { Ok(0) })
    }
}
