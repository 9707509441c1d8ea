//! When a refused service account is tried again: it comes back by itself, and is never locked out from here. Pure: the
//! time is passed in.
//!
//! A password that was never refused is tried at once: somebody has rotated it. The same password is tried again after
//! growing pauses. A refusal that counts no wrong password (the account is locked, disabled, expired, or may not log on
//! now) ends by itself: after 1 minute, doubling to 15. One that may be counted as a wrong password ends when somebody
//! sets the password back: after 31 minutes, fourfold to 33 hours. So a count of wrong passwords that is forgotten after
//! 30 minutes never exceeds 1, after 2 hours 2, after 8 hours 3, after a day 4. Beside these, at most 2 passwords that
//! turned out wrong are tried one after the other before 31 minutes without any, whatever is written into the file: 3 lock
//! an account in many domains. Every refused password is remembered, so that none is tried again because another one was
//! in the file meanwhile.
//!
//! A bind that was sent and not answered may have been counted too. It is tried again after 1 second and after 4 more; the
//! third one, if none was taken between, is treated as a wrong password.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

/// Passwords that turned out wrong, tried one after the other because each was new.
const MOST_WRONG: usize = 2;
/// Binds without an answer, of which the last is treated as a wrong password.
const MOST_UNANSWERED: u32 = 3;

/// Pauses between two binds with the same password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindPauses {
    /// The first after a refusal that counts no wrong password; each is twice the one before.
    pub uncounted: Duration,
    /// The longest of these.
    pub longest_uncounted: Duration,
    /// The first after a refusal that may count as a wrong password; each is four times the one before. Longer than the
    /// usual time after which a domain forgets wrong passwords.
    pub counted: Duration,
    /// The longest of these.
    pub longest_counted: Duration,
    /// The first after a bind that was not answered; each is four times the one before.
    pub unanswered: Duration,
}

impl Default for BindPauses {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            uncounted: MINUTE,
            longest_uncounted: 15 * MINUTE,
            counted: 31 * MINUTE,
            longest_counted: 64 * 31 * MINUTE,
            unanswered: Duration::from_secs(1),
        }
    }
}

/// Why a password is not tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It was refused, with this sub-code.
    Refused(Option<u32>),
    /// A bind was not answered.
    Unanswered,
}

/// What is known of binds that were not taken. No `Debug`: it holds passwords.
pub(super) struct BindTries {
    pauses: BindPauses,
    /// One for each password that was refused, the last one last.
    refusals: Vec<Refusal>,
    /// When binds were sent that may have counted as wrong passwords, with less than the window between two.
    wrong: Vec<Instant>,
    /// Binds that were not answered, and until when none is sent because of the last.
    unanswered: u32,
    silent_until: Option<Instant>,
    /// The password that was taken last, unless a bind was refused or not answered since.
    proven: Option<SecretString>,
}

/// The last refusal of one password, while no bind was taken since.
struct Refusal {
    password: SecretString,
    standing: Standing,
    counted: bool,
    at: Instant,
    pause: Duration,
}

impl BindTries {
    pub(super) const fn new(pauses: BindPauses) -> Self {
        Self {
            pauses,
            refusals: Vec::new(),
            wrong: Vec::new(),
            unanswered: 0,
            silent_until: None,
            proven: None,
        }
    }

    /// Whether this password may be tried now.
    ///
    /// # Errors
    /// What stands against it.
    pub(super) fn check(&self, password: &SecretString, now: Instant) -> Result<(), Standing> {
        if self.silent_until.is_some_and(|until| now < until) {
            return Err(Standing::Unanswered);
        }
        let own = self.refusals.iter().find(|refusal| refusal.is_of(password));
        if let Some(own) = own
            && now.saturating_duration_since(own.at) < own.pause
        {
            return Err(own.standing);
        }
        match self.refusals.last() {
            Some(last) if self.wrong_in_a_row(now) >= MOST_WRONG => Err(last.standing),
            _ => Ok(()),
        }
    }

    /// Notes a refusal. Returns after how long the same password may be tried again.
    pub(super) fn note_refused(
        &mut self,
        password: &SecretString,
        data: Option<u32>,
        now: Instant,
    ) -> Duration {
        self.note(password, Standing::Refused(data), counts_as_wrong(data), now)
    }

    /// Notes a bind that was sent and not answered. Returns after how long the same password may be tried again.
    pub(super) fn note_unanswered(&mut self, password: &SecretString, now: Instant) -> Duration {
        self.proven = None;
        self.unanswered = self.unanswered.saturating_add(1);
        if self.unanswered >= MOST_UNANSWERED {
            self.silent_until = None;
            return self.note(password, Standing::Unanswered, true, now);
        }
        let pause = self.pauses.unanswered * 4_u32.pow(self.unanswered - 1);
        self.silent_until = Some(now + pause);
        pause
    }

    /// Notes that a bind with this password was taken.
    pub(super) fn note_accepted(&mut self, password: &SecretString) {
        self.refusals.clear();
        self.wrong.clear();
        self.unanswered = 0;
        self.silent_until = None;
        self.proven = Some(password.clone());
    }

    /// Whether the last bind was taken, with this password.
    pub(super) fn is_proven(&self, password: &SecretString) -> bool {
        let proven = self.proven.as_ref().map(|proven| proven.expose_secret());
        proven == Some(password.expose_secret())
    }

    fn note(&mut self, password: &SecretString, standing: Standing, counted: bool, now: Instant) -> Duration {
        let (first, longest, factor) = if counted {
            (self.pauses.counted, self.pauses.longest_counted, 4)
        } else {
            (self.pauses.uncounted, self.pauses.longest_uncounted, 2)
        };
        let own = self.refusals.iter().position(|refusal| refusal.is_of(password));
        let before = own
            .map(|index| self.refusals.remove(index))
            .filter(|before| before.counted == counted);
        let pause = before.map_or(first, |before| (before.pause * factor).min(longest));
        // Few are kept: of those that count, two in a window.
        let kept_for = self.pauses.longest_counted;
        self.refusals
            .retain(|other| other.counted && now.saturating_duration_since(other.at) < kept_for);
        if counted {
            if self.wrong_in_a_row(now) == 0 {
                self.wrong.clear();
            }
            self.wrong.push(now);
        }
        self.proven = None;
        self.refusals.push(Refusal {
            password: password.clone(),
            standing,
            counted,
            at: now,
            pause,
        });
        pause
    }

    /// A domain forgets its count when the window has passed since the last wrong password, not each one by itself.
    fn wrong_in_a_row(&self, now: Instant) -> usize {
        let window = self.pauses.counted;
        let last = self.wrong.last();
        let counts = last.is_some_and(|last| now.saturating_duration_since(*last) < window);
        if counts { self.wrong.len() } else { 0 }
    }
}

impl Refusal {
    fn is_of(&self, password: &SecretString) -> bool {
        self.password.expose_secret() == password.expose_secret()
    }
}

/// Whether a domain controller may have counted a wrong password. These are said of an account that is not there, or
/// instead of looking at the password, or only where it is right; whatever is not known may have been counted.
const fn counts_as_wrong(data: Option<u32>) -> bool {
    !matches!(
        data,
        Some(0x525 | 0x530 | 0x531 | 0x532 | 0x533 | 0x701 | 0x773 | 0x775)
    )
}

#[cfg(test)]
mod tests;
