//! Takes passwords from a person or a pipe. Never from arguments or the environment, which other processes can see.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, bail};
use groundwire_proto::directory::v1::PlaintextPasswords;
use zeroize::Zeroizing;

/// The longest line taken, in bytes: two passwords of AD's 256 UTF-16 units fit many times.
const LONGEST_LINE: u64 = 4096;

/// The current and the new password.
pub(crate) fn current_and_new() -> anyhow::Result<PlaintextPasswords> {
    let [current, new] = ask(["Current password: ", "New password: "])?;
    Ok(PlaintextPasswords {
        current_password: current,
        new_password: new,
    })
}

/// The new password alone.
pub(crate) fn new_only() -> anyhow::Result<PlaintextPasswords> {
    let [new] = ask(["New password: "])?;
    Ok(PlaintextPasswords {
        current_password: String::new(),
        new_password: new,
    })
}

fn ask<const N: usize>(prompts: [&str; N]) -> anyhow::Result<[String; N]> {
    let mut found = [const { String::new() }; N];
    if io::stdin().is_terminal() {
        for (slot, prompt) in found.iter_mut().zip(prompts) {
            *slot = rpassword::prompt_password(prompt).context("cannot read from the terminal")?;
        }
        return Ok(found);
    }
    let mut input = io::stdin().lock();
    for slot in &mut found {
        *slot = line(&mut input)?;
    }
    Ok(found)
}

fn line(input: &mut impl BufRead) -> anyhow::Result<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(512));
    io::Read::take(&mut *input, LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        bail!("standard input ended: give one password per line");
    }
    let text = std::str::from_utf8(&bytes).context("standard input is not UTF-8")?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_every_character_but_its_end() {
        let mut input = " пароль 🔑 \"quoted\" \r\nnext".as_bytes();
        assert_eq!(line(&mut input).unwrap(), " пароль 🔑 \"quoted\" ");
        assert_eq!(line(&mut input).unwrap(), "next");
        assert!(line(&mut input).is_err());
    }
}
