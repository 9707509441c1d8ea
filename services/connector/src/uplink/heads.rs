//! What each side saw of the other's log. A log that no longer agrees with what its peer saw was cut, rewritten or
//! restored: `LOG_FORKED`.

use std::io::ErrorKind;
use std::path::PathBuf;

use groundwire_kit::pki::write_private;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::log_head::{Fork, SeenHead, compare, compare_within_stream};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// The last head of the directory's log that was seen, kept in a file across restarts.
#[derive(Debug)]
pub struct DirectoryHeads {
    file: Option<PathBuf>,
    seen: Mutex<Option<SeenHead>>,
}

#[derive(Serialize, Deserialize)]
struct HeadFile {
    log_id: String,
    incarnation_id: String,
    position: u64,
    hash: String,
}

impl DirectoryHeads {
    /// What the file says; nothing was seen if there is none or it cannot be read (which is logged).
    #[must_use]
    pub fn load(file: PathBuf) -> Self {
        let seen = match std::fs::read(&file) {
            Ok(bytes) => parse(&bytes)
                .ok_or_else(|| "it is malformed".to_owned())
                .map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        };
        let seen = seen.unwrap_or_else(|error| {
            tracing::warn!(path = %file.display(), error, "the directory's last log head cannot be read and is forgotten");
            None
        });
        Self {
            file: Some(file),
            seen: Mutex::new(seen),
        }
    }

    /// Kept in memory only.
    #[must_use]
    pub const fn in_memory() -> Self {
        Self {
            file: None,
            seen: Mutex::new(None),
        }
    }

    /// The last that was seen.
    #[must_use]
    pub fn seen(&self) -> Option<SeenHead> {
        *self.seen.lock()
    }

    /// Records a head. Where it does not fit what was seen before, it replaces that all the same, so that the alarm is
    /// raised once.
    ///
    /// # Errors
    /// The head that was seen before and does not fit.
    pub fn record(&self, head: SeenHead) -> Result<(), SeenHead> {
        let mut seen = self.seen.lock();
        let verdict = seen.map_or(Ok(()), |before| follows(before, head));
        let is_older = verdict.is_ok() && seen.is_some_and(|before| before.position >= head.position);
        if !is_older {
            *seen = Some(head);
        }
        verdict
    }

    /// Keeps it in its file. Blocking; what fails is logged, since the next one replaces it.
    pub fn keep(&self) {
        let (Some(file), Some(head)) = (&self.file, self.seen()) else {
            return;
        };
        let head = LogHead::from(head);
        let content = HeadFile {
            log_id: head.log_id,
            incarnation_id: head.incarnation_id,
            position: head.position,
            hash: hex::encode(head.hash),
        };
        let written = serde_json::to_vec_pretty(&content)
            .map_err(std::io::Error::from)
            .and_then(|bytes| write_private(file, &bytes));
        if let Err(error) = written {
            tracing::warn!(path = %file.display(), %error, "the directory's log head cannot be kept");
        }
    }
}

fn parse(bytes: &[u8]) -> Option<SeenHead> {
    let file: HeadFile = serde_json::from_slice(bytes).ok()?;
    let head = LogHead {
        log_id: file.log_id,
        incarnation_id: file.incarnation_id,
        position: file.position,
        hash: hex::decode(file.hash).ok()?,
    };
    SeenHead::try_from(&head).ok()
}

/// Whether `head` can be a later (or the same) state of the log of `before`, as frames tell it, which overtake each other
/// by a few milliseconds. A stream's first frame is held to more, by [`follows_strictly`].
fn follows(before: SeenHead, head: SeenHead) -> Result<(), SeenHead> {
    verdict(before, head, compare_within_stream(before, head))
}

/// As [`follows`], and the log may not have become shorter.
pub(super) fn follows_strictly(before: SeenHead, head: SeenHead) -> Result<(), SeenHead> {
    verdict(before, head, compare(before, head))
}

/// Unlike an audit store, no log may take the place of the directory's: another log is a fork too.
fn verdict(before: SeenHead, head: SeenHead, fork: Option<Fork>) -> Result<(), SeenHead> {
    if before.log != head.log || fork.is_some() {
        Err(before)
    } else {
        Ok(())
    }
}

/// Compares what one side saw of a log with the record that the log has at that position now.
pub(super) fn agrees(seen: SeenHead, there_now: Option<SeenHead>) -> Result<(), SeenHead> {
    there_now.map_or(Err(seen), |now| follows_strictly(seen, now))
}

/// Compares what `Welcome` says of the directory's log with the head of it that `Hello` reported: the log may neither have
/// become shorter nor hold another record there. An older directory does not say what it holds there.
pub(super) fn welcome_agrees(
    reported: SeenHead,
    head: Option<SeenHead>,
    now_there: Option<SeenHead>,
) -> Result<(), SeenHead> {
    head.map_or(Ok(()), |head| follows_strictly(reported, head))?;
    now_there.map_or(Ok(()), |now_there| follows_strictly(reported, now_there))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const fn in_another_incarnation(head: SeenHead) -> SeenHead {
        SeenHead {
            incarnation: Uuid::from_u128(8),
            ..head
        }
    }

    #[test]
    fn a_log_that_grows_raises_no_alarm() {
        let heads = DirectoryHeads::in_memory();
        for (position, hash) in [(1, 1), (5, 2), (5, 2), (4, 9)] {
            assert_eq!(heads.record(SeenHead::of_test(position, hash)), Ok(()));
        }
        assert_eq!(heads.seen().unwrap().position, 5);
    }

    #[test]
    fn another_incarnation_or_another_hash_is_a_fork() {
        let heads = DirectoryHeads::in_memory();
        assert_eq!(heads.record(SeenHead::of_test(5, 1)), Ok(()));
        assert_eq!(
            heads.record(SeenHead::of_test(5, 2)),
            Err(SeenHead::of_test(5, 1))
        );
        assert_eq!(
            heads.record(in_another_incarnation(SeenHead::of_test(3, 2))),
            Err(SeenHead::of_test(5, 2))
        );
        assert_eq!(
            heads.record(in_another_incarnation(SeenHead::of_test(4, 2))),
            Ok(())
        );
        let other_log = SeenHead {
            log: Uuid::from_u128(9),
            ..in_another_incarnation(SeenHead::of_test(6, 2))
        };
        assert_eq!(
            heads.record(other_log),
            Err(in_another_incarnation(SeenHead::of_test(4, 2)))
        );
    }

    #[test]
    fn a_log_shorter_than_the_peer_saw_it_is_a_fork() {
        assert_eq!(
            follows_strictly(SeenHead::of_test(5, 1), SeenHead::of_test(4, 1)),
            Err(SeenHead::of_test(5, 1))
        );
        assert_eq!(
            agrees(SeenHead::of_test(5, 1), None),
            Err(SeenHead::of_test(5, 1))
        );
        assert_eq!(
            agrees(SeenHead::of_test(5, 1), Some(SeenHead::of_test(5, 1))),
            Ok(())
        );
        assert_eq!(
            agrees(SeenHead::of_test(5, 1), Some(SeenHead::of_test(5, 2))),
            Err(SeenHead::of_test(5, 1))
        );
    }

    #[test]
    fn a_log_that_lost_its_end_and_grew_is_found_by_the_record_that_stands_there_now() {
        let reported = SeenHead::of_test(5, 1);
        let grown = Some(SeenHead::of_test(9, 9));
        assert_eq!(
            welcome_agrees(reported, grown, Some(SeenHead::of_test(5, 2))),
            Err(reported)
        );
        assert_eq!(welcome_agrees(reported, grown, Some(reported)), Ok(()));
        assert_eq!(
            welcome_agrees(reported, grown, None),
            Ok(()),
            "an older directory"
        );
        assert_eq!(
            welcome_agrees(reported, Some(SeenHead::of_test(4, 1)), None),
            Err(reported)
        );
    }

    #[test]
    fn the_last_head_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("directory-head.json");
        let heads = DirectoryHeads::load(file.clone());
        assert_eq!(heads.seen(), None);
        heads.record(SeenHead::of_test(5, 1)).unwrap();
        heads.keep();
        assert_eq!(DirectoryHeads::load(file).seen(), Some(SeenHead::of_test(5, 1)));
    }
}
