use super::*;

const WRONG: Option<u32> = Some(0x52e);
const LOCKED: Option<u32> = Some(0x775);
const MINUTE: Duration = Duration::from_secs(60);

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn tries() -> BindTries {
    BindTries::new(BindPauses::default())
}

/// Tries the same password every second of a month. Returns the highest count that a domain controller would have,
/// which forgets after `window`, and how often the account was tried.
fn highest_count(window: Duration) -> (u32, u32) {
    let (mut tries, start) = (tries(), Instant::now());
    let (mut count, mut highest, mut made, mut last) = (0, 0, 0, None);
    for second in 0..30 * 86_400 {
        let now = start + Duration::from_secs(second);
        if tries.check(&secret("old"), now).is_err() {
            continue;
        }
        count = match last {
            Some(last) if now - last < window => count + 1,
            _ => 1,
        };
        (made, last, highest) = (made + 1, Some(now), highest.max(count));
        tries.note_refused(&secret("old"), WRONG, now);
    }
    (highest, made)
}

#[test]
fn a_wrong_password_never_comes_near_a_lockout() {
    assert_eq!(highest_count(10 * MINUTE).0, 1);
    assert_eq!(highest_count(30 * MINUTE).0, 1);
    assert_eq!(highest_count(120 * MINUTE).0, 2);
    assert_eq!(highest_count(480 * MINUTE).0, 3);
    assert_eq!(highest_count(1_440 * MINUTE).0, 4);
    let (_, made) = highest_count(MINUTE);
    assert!(made < 30, "{made} binds in a month");
}

#[test]
fn what_ends_by_itself_is_tried_again_soon() {
    for data in [0x530, 0x531, 0x532, 0x533, 0x701, 0x773, 0x775] {
        let (mut tries, start) = (tries(), Instant::now());
        let (mut now, mut pauses) = (start, Vec::new());
        for _ in 0..6 {
            let pause = tries.note_refused(&secret("right"), Some(data), now);
            assert_eq!(
                tries.check(&secret("right"), now + pause - Duration::from_millis(1)),
                Err(Standing::Refused(Some(data)))
            );
            now += pause;
            assert_eq!(tries.check(&secret("right"), now), Ok(()));
            pauses.push(pause.as_secs() / 60);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 15, 15], "{data:x}");
    }
}

#[test]
fn a_new_password_is_tried_at_once_and_a_file_gone_mad_is_not() {
    let (mut tries, now) = (tries(), Instant::now());
    tries.note_refused(&secret("one"), WRONG, now);
    assert_eq!(tries.check(&secret("one"), now), Err(Standing::Refused(WRONG)));
    assert_eq!(tries.check(&secret("two"), now), Ok(()));
    tries.note_refused(&secret("two"), WRONG, now);
    assert_eq!(tries.check(&secret("four"), now), Err(Standing::Refused(WRONG)));
    assert_eq!(tries.check(&secret("four"), now + 31 * MINUTE), Ok(()));
    tries.note_accepted(&secret("four"));
    assert!(tries.is_proven(&secret("four")) && !tries.is_proven(&secret("one")));
    assert_eq!(tries.check(&secret("one"), now), Ok(()));
    // Nothing was counted where the password was not looked at.
    for number in 0..10 {
        tries.note_refused(&secret(&number.to_string()), LOCKED, now);
    }
    assert_eq!(tries.check(&secret("one"), now), Ok(()));
}

/// Three wrong passwords lock an account in many domains.
#[test]
fn whatever_is_written_into_the_file_two_wrong_passwords_are_tried_and_none_of_them_again() {
    let (mut tries, now) = (tries(), Instant::now());
    let mut sent = Vec::new();
    for second in 0..30 * 60 {
        let now = now + Duration::from_secs(second);
        // The file goes back and forth.
        let password = ["a", "b", "a", "c"][usize::try_from(second).unwrap() % 4];
        if tries.check(&secret(password), now).is_ok() {
            sent.push(password);
            tries.note_refused(&secret(password), WRONG, now);
        }
    }
    assert_eq!(sent, ["a", "b"]);
}

#[test]
fn a_password_is_remembered_while_another_one_was_in_the_file() {
    let (mut tries, now) = (tries(), Instant::now());
    tries.note_refused(&secret("a"), WRONG, now);
    tries.note_refused(&secret("b"), WRONG, now + MINUTE);
    assert_eq!(
        tries.check(&secret("a"), now + 31 * MINUTE),
        Err(Standing::Refused(WRONG))
    );
    assert_eq!(tries.check(&secret("a"), now + 32 * MINUTE), Ok(()));
    let pause = tries.note_refused(&secret("a"), WRONG, now + 32 * MINUTE);
    assert_eq!(pause, 124 * MINUTE);
}

#[test]
fn a_bind_without_an_answer_is_tried_again_soon_and_the_third_counts_as_a_wrong_password() {
    let (mut tries, now) = (tries(), Instant::now());
    let second = Duration::from_secs(1);
    tries.note_accepted(&secret("one"));
    assert_eq!(tries.note_unanswered(&secret("one"), now), second);
    assert!(!tries.is_proven(&secret("one")));
    for password in ["one", "two"] {
        assert_eq!(tries.check(&secret(password), now), Err(Standing::Unanswered));
        assert_eq!(tries.check(&secret(password), now + second), Ok(()));
    }
    assert_eq!(tries.note_unanswered(&secret("one"), now), 4 * second);
    assert_eq!(tries.note_unanswered(&secret("one"), now), 31 * MINUTE);
    assert_eq!(
        tries.check(&secret("one"), now + 30 * MINUTE),
        Err(Standing::Unanswered)
    );
    assert_eq!(tries.check(&secret("two"), now + 4 * second), Ok(()));
    tries.note_accepted(&secret("two"));
    assert_eq!(tries.check(&secret("one"), now), Ok(()));
    assert_eq!(tries.note_unanswered(&secret("one"), now), second, "counted anew");
}

#[test]
fn after_a_lockout_a_wrong_password_waits_as_long_as_any_other() {
    let (mut tries, now) = (tries(), Instant::now());
    assert_eq!(tries.note_refused(&secret("one"), LOCKED, now), MINUTE);
    assert_eq!(
        tries.note_refused(&secret("one"), WRONG, now + MINUTE),
        31 * MINUTE
    );
    assert_eq!(
        tries.note_refused(&secret("one"), None, now + 32 * MINUTE),
        124 * MINUTE,
        "what is not known may have been counted"
    );
}
