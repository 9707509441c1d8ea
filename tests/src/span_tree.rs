//! A trace as a tree of spans with durations, for people: fits in 80 columns.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use crate::otlp::Span;

/// Columns of the name, the service and the duration; with two blanks between them 80 at most.
const NAME: usize = 46;
const SERVICE: usize = 20;

/// Draws the spans of one trace. A span whose parent was not received is drawn as a root.
#[must_use]
pub fn draw(spans: &[Span]) -> String {
    let known: HashSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    let mut children: HashMap<&str, Vec<&Span>> = HashMap::new();
    let mut roots = Vec::new();
    for span in spans {
        if known.contains(span.parent_span_id.as_str()) {
            children.entry(&span.parent_span_id).or_default().push(span);
        } else {
            roots.push(span);
        }
    }
    let begin = |span: &&Span| span.start_ns;
    roots.sort_by_key(begin);
    children.values_mut().for_each(|of_one| of_one.sort_by_key(begin));

    let mut text = format!("{:<NAME$}  {:<SERVICE$}  {:>9}\n", "span", "service", "ms");
    for root in roots {
        branch(&mut text, root, &children, "", "");
    }
    text
}

fn branch(text: &mut String, span: &Span, children: &HashMap<&str, Vec<&Span>>, lead: &str, below: &str) {
    let room = NAME.saturating_sub(lead.chars().count());
    // Of an RPC's name its package is what says least.
    let name = match span.name.rsplit_once('.') {
        Some((_, rpc)) if span.name.chars().count() > room => rpc,
        Some(_) | None => &span.name,
    };
    let name: String = name.chars().take(room).collect();
    let service: String = span.service.chars().take(SERVICE).collect();
    #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
    let milliseconds = span.end_ns.saturating_sub(span.start_ns) as f64 / 1e6;
    let _ = writeln!(
        text,
        "{lead}{name:<room$}  {service:<SERVICE$}  {milliseconds:>9.3}"
    );
    let of_this = children.get(span.span_id.as_str()).map_or(&[][..], Vec::as_slice);
    for (index, child) in of_this.iter().enumerate() {
        let last = index + 1 == of_this.len();
        let (tee, bar) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        branch(
            text,
            child,
            children,
            &format!("{below}{tee}"),
            &format!("{below}{bar}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, parent: &str, name: &str, start_ns: u64, end_ns: u64) -> Span {
        Span {
            service: "groundwire-directory".into(),
            trace_id: "t".into(),
            span_id: id.into(),
            parent_span_id: parent.into(),
            name: name.into(),
            start_ns,
            end_ns,
            attributes: Vec::new(),
            events: Vec::new(),
            status: String::new(),
        }
    }

    #[test]
    fn a_tree_shows_children_below_their_parent_in_order_of_begin_within_80_columns() {
        let spans = [
            span("c", "a", "later", 5_000_000, 6_000_000),
            span("b", "a", "earlier", 2_000_000, 3_500_000),
            span("a", "unseen", &"x".repeat(100), 1_000_000, 9_000_000),
            span("d", "b", "below", 2_000_000, 2_250_000),
        ];
        let drawn = draw(&spans);
        let names: Vec<&str> = drawn.lines().skip(1).map(|line| line[..30].trim_end()).collect();
        assert!(names[0].starts_with("xxx"));
        assert!(names[1].contains("├─ earlier"), "{drawn}");
        assert!(names[2].contains("└─ below"), "{drawn}");
        assert!(names[3].contains("└─ later"), "{drawn}");
        assert!(drawn.lines().all(|line| line.chars().count() <= 80), "{drawn}");
        assert!(drawn.contains("1.500"));
    }
}
