//! Whether accounts that were not seen may be removed. An account list that is empty or much smaller than the one before
//! is more often a wrong search base, a lost right or half a restore than a company that let everybody go. Pure.

/// The bounds of what may be removed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RemovalGuard {
    /// Fraction (0 to 1) of the accounts that may vanish at once.
    pub max_fraction: f64,
    /// So many may always vanish.
    pub min_accounts: u64,
}

/// What the last listing that was let through held, or an operator confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// So many accounts.
    Accounts(u64),
    /// An operator on premises looked at a listing of so many and said that it is right.
    Confirmed(u64),
}

impl RemovalGuard {
    /// Whether what is missing may be removed.
    #[must_use]
    pub fn lets_through(self, baseline: Baseline, found: u64) -> bool {
        let before = match baseline {
            Baseline::Confirmed(confirmed) if found >= confirmed => return true,
            Baseline::Accounts(accounts) | Baseline::Confirmed(accounts) => accounts,
        };
        if found == 0 {
            return false;
        }
        let gone = before.saturating_sub(found);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a fraction of a count needs no more than 52 bits"
        )]
        let fraction = gone as f64 / before.max(1) as f64;
        gone <= self.min_accounts || fraction <= self.max_fraction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUARD: RemovalGuard = RemovalGuard {
        max_fraction: 0.2,
        min_accounts: 10,
    };

    #[test]
    fn small_losses_pass_and_large_ones_are_held() {
        for (before, found, passes) in [
            (1_000, 1_000, true),
            (1_000, 1_500, true),
            (1_000, 800, true),
            (1_000, 799, false),
            (20, 10, true),
            (20, 9, false),
            (5, 1, true),
            (5, 0, false),
            (0, 0, false),
            (0, 7, true),
        ] {
            let verdict = GUARD.lets_through(Baseline::Accounts(before), found);
            assert_eq!(verdict, passes, "{before} → {found}");
        }
    }

    #[test]
    fn a_confirmation_lets_through_what_was_seen_and_not_much_less() {
        assert!(GUARD.lets_through(Baseline::Confirmed(100), 100));
        assert!(GUARD.lets_through(Baseline::Confirmed(100), 95));
        assert!(!GUARD.lets_through(Baseline::Confirmed(100), 50));
        assert!(GUARD.lets_through(Baseline::Confirmed(0), 0));
        assert!(!GUARD.lets_through(Baseline::Confirmed(100), 0));
    }
}
