//! The head of the page: what failed, where, and what led to it.

use super::{Run, escape, place_of};
use labtrace::{seconds, seconds_exact};
use std::fmt::Write;

/// The first failure. Its sentence leads to the picture, its index to the history of that entry.
pub(super) fn banner(run: &Run) -> String {
    let Some(failure) = run.failures.first() else { return String::new() };
    let more = match run.failures.len() {
        1 => String::new(),
        many => format!(" · the first of {many}"),
    };
    let history = failure.index.map_or_else(String::new, |index| {
        format!(
            "<button type=\"button\" class=\"to-history\" data-index=\"{index}\" title=\"Who appended, \
             overwrote, committed and applied it (h)\">history of index {index}</button>"
        )
    });
    format!(
        "<section class=\"banner\" aria-label=\"Failure\"><p class=\"sentence\">{}</p>\
         <p class=\"where\">{}{more}</p>{history}{}</section>",
        escape(&failure.text),
        escape(&place_of(failure)),
        causes(run),
    )
}

/// What led to the failure, as marks in the picture and buttons that lead there.
fn causes(run: &Run) -> String {
    if run.causes.is_empty() {
        return String::new();
    }
    let cause = run.causes.iter().position(|fact| fact.wrong);
    let moments: Vec<u64> = run.causes.iter().map(|fact| fact.when).collect();
    let mut html = String::from("<ol class=\"causes\" aria-label=\"What led to it\">");
    for (id, fact) in run.causes.iter().enumerate() {
        let class = match fact.wrong {
            true if cause == Some(id) => " class=\"wrong first\"",
            true => " class=\"wrong\"",
            false => "",
        };
        let _ = write!(
            html,
            "<li{class}><button type=\"button\" data-cause=\"{id}\" title=\"{}\"><b>{}</b><time>{}</time><span>{}</span></button></li>",
            escape(&fact.fact),
            id + 1,
            time(fact.when, &moments),
            escape(&fact.text),
        );
    }
    html + "</ol>"
}

/// A moment among others, to the microsecond where another one would read the same.
fn time(at: u64, moments: &[u64]) -> String {
    let text = seconds(at);
    match moments.iter().any(|other| *other != at && seconds(*other) == text) {
        true => seconds_exact(at),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_that_differ_read_differently() {
        let moments = [608_100_000, 608_100_000, 608_350_000, 700_000_000];
        let read: Vec<String> = moments.iter().map(|at| time(*at, &moments)).collect();
        assert_eq!(read, ["0.608100 s", "0.608100 s", "0.608350 s", "0.700 s"]);
    }
}
