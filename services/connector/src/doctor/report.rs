//! What was found, as a table or as JSON.

use std::fmt::Write as _;

use serde::Serialize;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it must be.
    Well,
    /// It works, but not as it should.
    Warning,
    /// It does not work.
    Failed,
    /// It was not checked, because something before it failed, or because it cannot be without writing.
    NotChecked,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was seen. Holds no secret.
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// In the order they were made.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn add(&mut self, check: &'static str, verdict: Verdict, detail: impl Into<String>) {
        let detail = detail.into();
        self.findings.push(Finding {
            check,
            verdict,
            detail,
        });
    }

    /// Whether nothing failed.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.verdict != Verdict::Failed)
    }

    #[must_use]
    pub fn to_table(&self) -> String {
        let width = self
            .findings
            .iter()
            .map(|finding| finding.check.len())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for finding in &self.findings {
            let word = match finding.verdict {
                Verdict::Well => "ok",
                Verdict::Warning => "WARNING",
                Verdict::Failed => "FAILED",
                Verdict::NotChecked => "not checked",
            };
            let _ = writeln!(text, "{:width$}  {word:11}  {}", finding.check, finding.detail);
        }
        text
    }

    /// The report as JSON, for programs.
    ///
    /// # Errors
    /// Never for these types; serde's signature says so.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_well_enough_and_a_failure_is_not() {
        let mut report = Report::default();
        report.add("one", Verdict::Well, "fine");
        report.add("another", Verdict::Warning, "hm");
        report.add("third", Verdict::NotChecked, "cannot be");
        assert!(report.is_well());
        report.add("fourth", Verdict::Failed, "no");
        assert!(!report.is_well());
        assert!(report.to_table().contains("fourth   FAILED       no\n"));
        assert!(report.to_json().unwrap().contains("\"not_checked\""));
    }
}
