//! The numbers that distinguish operations, hand-overs and fences.

/// The number of an operation within its account, given by the directory, rising by one, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub u64);

/// How many times an operation was handed to a connector, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt(pub u32);

impl Attempt {
    /// The first hand-over: nobody else can have sent a write for this operation before.
    pub const FIRST: Self = Self(1);
}

/// Counts the fences of one attempt, so that no fence marker ever has the value of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FenceCount(pub u32);

impl FenceCount {
    /// No fence yet: what a W marker of an attempt that never fenced carries.
    pub const NONE: Self = Self(0);

    /// The next count. Saturates: after 4 billion fences of one attempt the compare-and-set fails instead of
    /// repeating a value.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_count_never_wraps_to_an_earlier_value() {
        assert_eq!(FenceCount(u32::MAX).next(), FenceCount(u32::MAX));
        assert_eq!(FenceCount::NONE.next(), FenceCount(1));
    }
}
