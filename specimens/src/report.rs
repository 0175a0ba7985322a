//! The scoreboard in words: a row for each specimen, and a sentence for all.

use crate::score::{FEW_SEEDS, Score, Sums};
use crate::statistics::{percentage, quantile};
use comfy_table::Table;
use specimens::{View, kind_name};
use std::time::Duration;

const COLUMNS: usize = 12;
const HEADER: [&str; COLUMNS] = [
    "specimen",
    "breaks",
    "lines",
    "caught by property",
    "seeds: median",
    "90 %",
    "virtual time",
    "here",
    "shrunk to steps",
    "from outside: median",
    "90 %",
    "lab suites",
];

const NOTHING: &str = "–";

/// One specimen in a line, as it is done.
pub(crate) fn line(score: &Score) -> String {
    let [name, breaks, _, property, median, p90, _, _, steps, outside_median, outside_p90, lab] =
        row(score);
    let verdict = if score.is_good() { "" } else { "  <<<" };
    format!(
        "{name:26} {breaks:10} seeds {median:>4} / {p90:>6}  outside {outside_median:>4} / \
         {outside_p90:>6}  steps {steps:>3}  {property}  (lab: {lab}){verdict}"
    )
}

/// For people.
pub(crate) fn table(scores: &[Score], elapsed: Duration) -> String {
    let mut table = Table::new();
    table.set_header(HEADER);
    scores.iter().for_each(|score| {
        table.add_row(row(score));
    });
    format!("{table}\n{}", sentences(scores, elapsed).join("\n"))
}

/// For a page or a README.
pub(crate) fn markdown(scores: &[Score], elapsed: Duration) -> String {
    let table = markdown_table(&HEADER, scores.iter().map(row));
    format!("{table}\n\n{}", sentences(scores, elapsed).join("\n\n"))
}

/// A table as Markdown has it.
pub(crate) fn markdown_table(
    header: &[&str],
    rows: impl Iterator<Item = impl AsRef<[String]>>,
) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head = [header.join(" | "), vec!["---"; header.len()].join(" | ")];
    let head = head.map(|cells| format!("| {cells} |"));
    head.into_iter().chain(rows.map(|cells| line(cells.as_ref()))).collect::<Vec<_>>().join("\n")
}

/// What all of it adds up to.
fn sentences(scores: &[Score], elapsed: Duration) -> Vec<String> {
    let sums = Sums::of(scores);
    let Sums { bugs, caught, caught_by_lab, harmless, false_alarms, .. } = sums;
    let bases = scores.first().map_or(0, |score| score.inside.len());
    let number = |value: Option<u64>| value.map_or(NOTHING.to_owned(), |value| value.to_string());
    let time = |value: Option<Duration>| value.map_or(NOTHING.to_owned(), seconds);
    let mut sentences = vec![
        format!(
            "{caught} of {bugs} bugs caught from each of {bases} base seeds, {caught_by_lab} by the \
             lab's suites alone; {false_alarms} false alarms for {harmless} harmless changes; {} \
             in all",
            seconds(elapsed)
        ),
        format!(
            "a hunt took {} seeds at the median, {} at the 90th percentile, {} of virtual time and \
             {} here at the median; {} % took at most {FEW_SEEDS} seeds",
            number(sums.seeds_median),
            number(sums.seeds_p90),
            time(sums.virtual_time_median),
            time(sums.wall_time_median),
            sums.percent_within_few_seeds,
        ),
    ];
    if let (Some(steps), Some(before)) = (sums.shrunk_steps_median, sums.steps_before_median) {
        sentences.push(format!(
            "shrunk schedules have {steps} steps at the median, of {before} that they were drawn with"
        ));
    }
    if scores.iter().any(|score| !score.outside.is_empty()) {
        sentences.push(format!(
            "from outside only: {} of {bugs} bugs, {} of {} that break safety ({} %)",
            sums.caught_outside,
            sums.safety_bugs_caught_outside,
            sums.safety_bugs,
            percentage(sums.safety_bugs_caught_outside, sums.safety_bugs)
        ));
    }
    sentences
}

fn row(score: &Score) -> [String; COLUMNS] {
    let [median, p90] = seeds(score, View::Inside);
    let [outside_median, outside_p90] = seeds(score, View::Outside);
    let time = |of: fn(&specimens::Catch) -> Duration| {
        quantile(&score.each(View::Inside, of), 50).map_or(NOTHING.to_owned(), seconds_short)
    };
    let properties = score.properties(View::Inside);
    [
        score.specimen.name.to_owned(),
        kind_name(score.specimen.breaks).to_owned(),
        score.specimen.lines.to_string(),
        if properties.is_empty() { NOTHING.to_owned() } else { properties.join(", ") },
        median,
        p90,
        time(|catch| catch.virtual_time),
        time(|catch| catch.wall_time),
        score.shrunk().map_or(NOTHING.to_owned(), |shrunk| shrunk.steps.to_string()),
        outside_median,
        outside_p90,
        match score.lab.as_ref().and_then(|lab| lab.catch.as_ref()) {
            Some(catch) => catch.test.to_owned(),
            None => NOTHING.to_owned(),
        },
    ]
}

/// Median and 90th percentile of the seeds that hunts took.
fn seeds(score: &Score, view: View) -> [String; 2] {
    let hunts = score.each(view, |catch| catch.seeds);
    let is_quiet = score.is_harmless() && hunts.iter().all(Option::is_none);
    if hunts.is_empty() || is_quiet {
        return [NOTHING.to_owned(), NOTHING.to_owned()];
    }
    [50, 90].map(|percent| match quantile(&hunts, percent) {
        Some(seeds) => seeds.to_string(),
        None => "missed".to_owned(),
    })
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn seconds_short(time: Duration) -> String {
    match time {
        _ if time < Duration::from_secs(1) => format!("{} ms", time.as_millis()),
        _ => format!("{:.0} s", time.as_secs_f64()),
    }
}
