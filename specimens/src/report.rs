//! The scoreboard as text.

use crate::score::Score;
use comfy_table::Table;
use serde_json::json;
use specimens::Breaks;
use std::time::Duration;

const HEADER: [&str; 8] = [
    "specimen",
    "breaks",
    "lines",
    "seeds: median",
    "worst",
    "virtual time",
    "by property",
    "lab suites",
];

/// One specimen in a line, as it is done.
pub(crate) fn line(score: &Score) -> String {
    let [name, breaks, _, median, worst, _, property, lab] = row(score);
    format!("{name:26} {breaks:10} seeds {median:>4} / {worst:>4}  {property}  (lab: {lab})")
}

/// For people.
pub(crate) fn table(scores: &[Score]) -> String {
    let mut table = Table::new();
    table.set_header(HEADER);
    scores.iter().for_each(|score| {
        table.add_row(row(score));
    });
    format!("{table}\n{}", sentence(scores))
}

/// For a README.
pub(crate) fn markdown(scores: &[Score]) -> String {
    let rule = ["---"; HEADER.len()].map(str::to_owned);
    let rows = [HEADER.map(str::to_owned), rule].into_iter().chain(scores.iter().map(row));
    let lines: Vec<String> = rows.map(|cells| format!("| {} |", cells.join(" | "))).collect();
    format!("{}\n\n{}", lines.join("\n"), sentence(scores))
}

/// A line for each specimen, and one for all of them.
pub(crate) fn json(scores: &[Score]) -> serde_json::Result<String> {
    let mut text = String::new();
    for score in scores {
        let catches: Vec<_> = score
            .explored
            .iter()
            .map(|caught| {
                caught.as_ref().map(|catch| {
                    json!({
                        "test": catch.test,
                        "seed": catch.seed,
                        "property": catch.property,
                        "message": catch.message,
                        "seeds": catch.seeds,
                        "virtual_ms": catch.virtual_time.as_millis() as u64,
                        "wall_ms": catch.wall_time.as_millis() as u64,
                    })
                })
            })
            .collect();
        let lab = score.lab.as_ref().map(|lab| lab.as_ref().map(|catch| catch.test));
        let value = json!({
            "schema": "labtest.specimen/v1",
            "specimen": score.specimen.name,
            "statement": score.specimen.statement,
            "breaks": score.specimen.breaks.name(),
            "source": score.specimen.source,
            "lines": score.specimen.lines,
            "caught": score.is_caught_from_everywhere(),
            "explored": catches,
            "lab": lab,
        });
        text.push_str(&serde_json::to_string(&value)?);
        text.push('\n');
    }
    let sums = Sums::of(scores);
    let value = json!({
        "schema": "labtest.scoreboard/v1",
        "specimens": sums.bugs,
        "caught": sums.caught,
        "caught_by_lab_suites": sums.caught_by_lab,
        "harmless": sums.harmless,
        "false_alarms": sums.false_alarms,
    });
    text.push_str(&serde_json::to_string(&value)?);
    text.push('\n');
    Ok(text)
}

struct Sums {
    bugs: usize,
    caught: usize,
    caught_by_lab: usize,
    harmless: usize,
    false_alarms: usize,
}

impl Sums {
    fn of(scores: &[Score]) -> Sums {
        let (harmless, bugs): (Vec<&Score>, Vec<&Score>) =
            scores.iter().partition(|score| score.specimen.breaks == Breaks::Nothing);
        Sums {
            bugs: bugs.len(),
            caught: bugs.iter().filter(|score| score.is_caught_from_everywhere()).count(),
            caught_by_lab: bugs.iter().filter(|score| matches!(score.lab, Some(Some(_)))).count(),
            harmless: harmless.len(),
            false_alarms: harmless.iter().filter(|score| !score.is_clean()).count(),
        }
    }
}

fn sentence(scores: &[Score]) -> String {
    let Sums { bugs, caught, caught_by_lab, harmless, false_alarms } = Sums::of(scores);
    format!(
        "{caught} of {bugs} bugs caught from every base seed ({caught_by_lab} by the lab's suites \
         alone), {false_alarms} false alarms for {harmless} harmless changes"
    )
}

fn row(score: &Score) -> [String; 8] {
    let catches = score.catches();
    let missed = score.explored.len() - catches.len();
    let median = catches.get(catches.len().saturating_sub(1) / 2);
    let worst = match (missed, catches.last()) {
        (0, Some(last)) => last.seeds.to_string(),
        _ => format!("{missed} missed"),
    };
    let nothing = || "–".to_owned();
    let mut properties: Vec<&str> = catches.iter().map(|catch| catch.property).collect();
    properties.sort_unstable();
    properties.dedup();
    let harmless_and_clean = score.specimen.breaks == Breaks::Nothing && catches.is_empty();
    [
        score.specimen.name.to_owned(),
        score.specimen.breaks.name().to_owned(),
        score.specimen.lines.to_string(),
        median.map_or_else(nothing, |catch| catch.seeds.to_string()),
        if harmless_and_clean { nothing() } else { worst },
        median.map_or_else(nothing, |catch| seconds(catch.virtual_time)),
        if properties.is_empty() { nothing() } else { properties.join(", ") },
        match &score.lab {
            Some(Some(catch)) => catch.test.to_owned(),
            Some(None) | None => nothing(),
        },
    ]
}

fn seconds(time: Duration) -> String {
    format!("{:.0} s", time.as_secs_f64())
}
