//! When a refused service account is tried again: it comes back by itself, and is never locked out from here. Pure: the
//! time is passed in.
//!
//! A password that was never refused is tried at once: somebody has rotated it. The same password is tried again after
//! growing pauses. A refusal that counts no wrong password (the account is locked, disabled, expired, or may not log on
//! now) ends by itself: after 1 minute, doubling to 15. One that may be counted as a wrong password ends when somebody
//! sets the password back: after 31 minutes, fourfold to 33 hours. So a count of wrong passwords that is forgotten after
//! 30 minutes never exceeds 1, after 2 hours 2, after 8 hours 3, after a day 4. Beside these, at most 3 passwords that
//! turned out wrong are tried within 31 minutes, whatever is written into the file.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

/// Passwords that turned out wrong, tried one after the other because each was new.
const MOST_WRONG: usize = 3;

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
}

impl Default for BindPauses {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            uncounted: MINUTE,
            longest_uncounted: 15 * MINUTE,
            counted: 31 * MINUTE,
            longest_counted: 64 * 31 * MINUTE,
        }
    }
}

/// What is known of refused binds. No `Debug`: it holds a password.
pub(super) struct BindTries {
    pauses: BindPauses,
    refusal: Option<Refusal>,
    /// When binds were refused that may have counted as wrong passwords.
    wrong: Vec<Instant>,
    /// The password that was taken last, unless a bind was refused since.
    proven: Option<SecretString>,
}

/// The last refusal, while no bind was taken since.
struct Refusal {
    password: SecretString,
    data: Option<u32>,
    at: Instant,
    pause: Duration,
}

impl BindTries {
    pub(super) const fn new(pauses: BindPauses) -> Self {
        Self {
            pauses,
            refusal: None,
            wrong: Vec::new(),
            proven: None,
        }
    }

    /// Whether this password may be tried now.
    ///
    /// # Errors
    /// The sub-code of the refusal that stands against it.
    pub(super) fn check(&self, password: &SecretString, now: Instant) -> Result<(), Option<u32>> {
        let Some(refusal) = &self.refusal else {
            return Ok(());
        };
        let may_try = if refusal.password.expose_secret() == password.expose_secret() {
            now.saturating_duration_since(refusal.at) >= refusal.pause
        } else {
            self.wrong_lately(now) < MOST_WRONG
        };
        may_try.then_some(()).ok_or(refusal.data)
    }

    /// Notes a refusal. Returns after how long the same password may be tried again.
    pub(super) fn note_refused(
        &mut self,
        password: &SecretString,
        data: Option<u32>,
        now: Instant,
    ) -> Duration {
        let (first, longest, factor) = if counts_as_wrong(data) {
            (self.pauses.counted, self.pauses.longest_counted, 4)
        } else {
            (self.pauses.uncounted, self.pauses.longest_uncounted, 2)
        };
        let before = self.refusal.take().filter(|before| {
            counts_as_wrong(before.data) == counts_as_wrong(data)
                && before.password.expose_secret() == password.expose_secret()
        });
        let pause = before.map_or(first, |before| (before.pause * factor).min(longest));
        if counts_as_wrong(data) {
            let window = self.pauses.counted;
            self.wrong
                .retain(|at| now.saturating_duration_since(*at) < window);
            self.wrong.push(now);
        }
        self.proven = None;
        self.refusal = Some(Refusal {
            password: password.clone(),
            data,
            at: now,
            pause,
        });
        pause
    }

    /// Notes that a bind with this password was taken.
    pub(super) fn note_accepted(&mut self, password: &SecretString) {
        self.refusal = None;
        self.wrong.clear();
        self.proven = Some(password.clone());
    }

    /// Whether the last bind was taken, with this password.
    pub(super) fn is_proven(&self, password: &SecretString) -> bool {
        let proven = self.proven.as_ref().map(|proven| proven.expose_secret());
        proven == Some(password.expose_secret())
    }

    fn wrong_lately(&self, now: Instant) -> usize {
        let window = self.pauses.counted;
        let recent = |at: &&Instant| now.saturating_duration_since(**at) < window;
        self.wrong.iter().filter(recent).count()
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
