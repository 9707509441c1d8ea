//! Log lines that anybody can cause by calling.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Lines of their own in a window. More would not be read, and a flood of calls must not become a flood of lines.
const LINES: u32 = 60;

/// How long a window is.
const WINDOW: Duration = Duration::from_secs(60);

/// Lets the first few lines of each minute through and counts the others.
#[derive(Debug)]
pub struct LineLimit(Mutex<Window>);

#[derive(Debug)]
struct Window {
    began: Instant,
    lines: u32,
    left_out: u64,
}

impl Default for LineLimit {
    fn default() -> Self {
        Self(Mutex::new(Window {
            began: Instant::now(),
            lines: 0,
            left_out: 0,
        }))
    }
}

impl LineLimit {
    /// `None` if the line is to be left out; else how many were left out since the last one.
    pub fn admit(&self) -> Option<u64> {
        let mut window = self.0.lock();
        if window.began.elapsed() >= WINDOW {
            window.began = Instant::now();
            window.lines = 0;
        }
        if window.lines == LINES {
            window.left_out += 1;
            return None;
        }
        window.lines += 1;
        Some(std::mem::take(&mut window.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_minute_has_so_many_lines_and_the_next_one_says_how_many_were_left_out() {
        let limit = LineLimit::default();
        let admitted = |calls: u32| (0..calls).filter_map(|_| limit.admit()).collect::<Vec<_>>();
        assert_eq!(admitted(1_000), [0; 60]);
        tokio::time::advance(WINDOW).await;
        assert_eq!(admitted(2), [940, 0]);
    }
}
