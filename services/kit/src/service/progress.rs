//! Progress of a command that takes long, as lines on standard error.

use std::io;
use std::time::{Duration, Instant};

/// A command that is done sooner says nothing.
const INTERVAL: Duration = Duration::from_secs(1);

/// Says how far a command has come, once a second: plain lines, so that they also read well in a file.
#[derive(Debug)]
pub struct ProgressLines<W> {
    what: String,
    said: Instant,
    out: W,
}

impl ProgressLines<io::Stderr> {
    /// Of this work, from now on.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self::to(io::stderr(), what, Instant::now())
    }

    /// Takes note of how far it is.
    pub fn at(&mut self, done: u64, end: u64) {
        self.at_moment(Instant::now(), done, end);
    }
}

impl<W: io::Write> ProgressLines<W> {
    fn to(out: W, what: impl Into<String>, begun: Instant) -> Self {
        Self {
            what: what.into(),
            said: begun,
            out,
        }
    }

    fn at_moment(&mut self, now: Instant, done: u64, end: u64) {
        if now.saturating_duration_since(self.said) < INTERVAL {
            return;
        }
        self.said = now;
        // Progress that nobody reads is no reason to fail.
        let _ = writeln!(self.out, "{}: {done} of {end}", self.what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_once_a_second_and_none_in_the_first() {
        let begun = Instant::now();
        let after = |milliseconds| begun + Duration::from_millis(milliseconds);
        let mut lines = ProgressLines::to(Vec::new(), "the log", begun);
        for (at, done) in [(10, 1), (999, 2), (1_000, 3), (1_900, 4), (2_000, 5)] {
            lines.at_moment(after(at), done, 9);
        }
        assert_eq!(lines.out, b"the log: 3 of 9\nthe log: 5 of 9\n");
    }
}
