//! The run's story as a list. What repeats is folded, so that what matters can be found in it.

use super::{Run, escape};
use crate::run::{Moment, MomentKind};
use labtrace::seconds;
use std::fmt::Write;

/// More sentences than anyone reads; a page with all of them would open slowly.
const LENGTH_MAX: usize = 2_000;
/// From this many in a row, elections and faults count as repetition.
const FOLDED_FROM: usize = 8;
/// Of one kind, fewer already are.
const ALIKE_FOLDED_FROM: usize = 4;
/// Events this shortly before the failure are told one by one.
const TOLD_BEFORE_FAILURE: u64 = 1_000_000_000;

pub(super) fn story(run: &Run) -> String {
    let moments = run.story();
    let told = &moments[..moments.len().min(LENGTH_MAX)];
    let since = told_since(run);
    let mut html = String::new();
    let mut rest = told;
    while !rest.is_empty() {
        let stretch = repeating(rest, since);
        let (now, after) = rest.split_at(stretch.max(1));
        html.push_str(&if stretch > 1 { folded(now) } else { item(&now[0]) });
        rest = after;
    }
    if moments.len() > LENGTH_MAX {
        let _ = write!(html, "<li>… and {} more</li>", moments.len() - LENGTH_MAX);
    }
    html
}

/// Since when everything is told: from the cause on, or shortly before the failure.
fn told_since(run: &Run) -> Option<u64> {
    let failure = run.failures.first()?.at;
    let cause = run.causes.iter().map(|fact| fact.when).min().unwrap_or(failure);
    Some(cause.min(failure.saturating_sub(TOLD_BEFORE_FAILURE)))
}

/// How many moments from the first one on are folded into one line; 0 for none.
fn repeating(moments: &[Moment], since: Option<u64>) -> usize {
    let count = |is_it: &dyn Fn(&Moment) -> bool| moments.iter().take_while(|it| is_it(it)).count();
    let is_usual = |it: &Moment| {
        let usual = [MomentKind::Fault, MomentKind::Candidate, MomentKind::Leader];
        usual.contains(&it.kind) && since.is_some_and(|since| it.at < since)
    };
    let all = count(&is_usual);
    let alike = count(&|it: &Moment| it.kind == MomentKind::Candidate);
    match () {
        () if all >= FOLDED_FROM => all,
        () if alike >= ALIKE_FOLDED_FROM => alike,
        () => 0,
    }
}

fn folded(moments: &[Moment]) -> String {
    let (first, last) = (&moments[0], &moments[moments.len() - 1]);
    let mut what = Vec::new();
    for (kind, one, many) in [
        (MomentKind::Candidate, "election", "elections"),
        (MomentKind::Leader, "leader", "leaders"),
        (MomentKind::Fault, "fault begun or ended", "faults begun or ended"),
    ] {
        match moments.iter().filter(|moment| moment.kind == kind).count() {
            0 => {}
            1 => what.push(format!("1 {one}")),
            count => what.push(format!("{count} {many}")),
        }
    }
    let items: String = moments.iter().map(item).collect();
    format!(
        "<li class=\"fold\"><details><summary><time>{}</time><span>{}, until {}</span></summary><ol>{items}</ol></details></li>",
        seconds(first.at),
        what.join(", "),
        seconds(last.at),
    )
}

fn item(moment: &Moment) -> String {
    let class = match moment.kind {
        MomentKind::Note => "note",
        MomentKind::Fault => "fault",
        MomentKind::Candidate => "candidate",
        MomentKind::Leader => "leader",
        MomentKind::Failure => "failure",
        MomentKind::End => "end",
    };
    format!(
        "<li class=\"{class}\"><button type=\"button\" data-at=\"{}\"><time>{}</time><span>{}</span></button></li>",
        moment.at,
        seconds(moment.at),
        escape(&moment.text),
    )
}
