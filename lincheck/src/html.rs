//! A report as a page to look at.

use crate::{History, Model, Moment, Part, Report, Step, Verdict};
use serde::{Deserialize, Serialize};

/// The most operations that a page has; parts beyond are only named, linearizable ones first.
const OPERATIONS_MAX: usize = 20_000;

/// The most parts that are named; those beyond are counted.
const PARTS_MAX: usize = 10_000;

/// The most characters of a description; lists of thousands of elements help nobody.
const DESCRIPTION_CHARS_MAX: usize = 400;

/// A time during which something was wrong, to be drawn behind the operations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultBand {
    /// From when, in the unit of the history.
    pub from: u64,
    /// Until when.
    pub to: u64,
    /// What was wrong.
    pub label: String,
}

/// What a page shows beside the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageContext {
    /// What was wrong and when, to be drawn behind the operations.
    pub faults: Vec<FaultBand>,
    /// Other pages about the same run.
    pub links: Vec<PageLink>,
    /// The part to show first, by its key, instead of the most telling one. Its operations are on the page
    /// whatever others there are.
    #[serde(skip)]
    pub part: Option<String>,
}

/// A link to another page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageLink {
    /// Where it leads: an address, relative to the page's own.
    pub address: String,
    /// What there is to see.
    pub text: String,
}

/// What the page's script gets.
#[derive(Serialize)]
struct Page<'a> {
    verdict: String,
    operations: usize,
    steps: u64,
    parts: Vec<PagePart<'a>>,
    /// Parts without their operations.
    named: Vec<NamedPart<'a>>,
    /// How many there are beyond these.
    left_out: usize,
    #[serde(flatten)]
    context: &'a PageContext,
}

#[derive(Serialize)]
struct NamedPart<'a> {
    key: &'a str,
    verdict: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct PagePart<'a> {
    key: &'a str,
    verdict: &'static str,
    /// By client, then by invocation.
    operations: Vec<PageOperation>,
    /// The times of all invocations and returns, in order: what ranks stand for.
    times: Vec<u64>,
    /// Places in `operations`, as they were ordered.
    order: Vec<usize>,
    misfit: Option<usize>,
    /// Why it fits nowhere.
    reason: Option<String>,
    core: Vec<usize>,
    /// The state before the first operation.
    initial: String,
}

#[derive(Serialize)]
struct PageOperation {
    client: u64,
    text: String,
    from: u64,
    to: Option<u64>,
    /// The rank of its invocation among the events of the part, and of its return.
    from_rank: usize,
    to_rank: Option<usize>,
    /// Whether its answer is known.
    answered: bool,
    /// If it was placed, a rank between its invocation and its return, such that ranks follow the
    /// order, and the state after it.
    point: Option<f64>,
    state: Option<String>,
}

/// A page that shows what a report found, complete in itself: operations as bars by client along
/// the time, the order that was found through them, the operation that fits nowhere, the
/// operations that contradict each other, and the faults of the context behind.
pub fn render_html<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    report: &Report,
    context: &PageContext,
) -> String {
    let mut parts: Vec<&Part> = report.parts.iter().collect();
    let has_core = |part: &Part| part.failure.as_ref().is_some_and(|it| it.core.is_some());
    let is_first = |part: &Part| context.part.as_ref() == Some(&part.key);
    parts.sort_by_key(|part| {
        let rank = (is_first(part), has_core(part), part.verdict);
        (std::cmp::Reverse(rank), part.operations.len(), &part.key)
    });
    let mut shown = 0;
    let fits = |part: &&&Part| {
        shown += part.operations.len();
        shown <= OPERATIONS_MAX || shown == part.operations.len()
    };
    let drawn: Vec<PagePart<'_>> =
        parts.iter().take_while(fits).map(|part| PagePart::new(model, history, part)).collect();
    let others = parts[drawn.len()..].iter();
    let named: Vec<NamedPart<'_>> = (others.take(PARTS_MAX))
        .map(|part| NamedPart {
            key: &part.key,
            verdict: verdict_on(part),
            count: part.operations.len(),
        })
        .collect();
    let page = Page {
        verdict: report.verdict.to_string(),
        operations: history.operations().len(),
        steps: report.steps(),
        left_out: parts.len() - drawn.len() - named.len(),
        parts: drawn,
        named,
        context,
    };
    // Nothing in a page ends a script but the sequence "</", so no "<" may be left as it is; JSON
    // allows to write any character of a string by its number.
    let data = serde_json::to_string(&page).unwrap_or_default().replace('<', "\\u003c");
    [
        include_str!("html/head.html"),
        "<style>\n",
        include_str!("html/page.css"),
        "</style>\n",
        include_str!("html/body.html"),
        "<script type=\"application/json\" id=\"data\">",
        &data,
        "</script>\n<script>\n",
        include_str!("html/axis.js"),
        include_str!("html/page.js"),
        "</script>\n</html>\n",
    ]
    .concat()
}

fn verdict_on(part: &Part) -> &'static str {
    match part.verdict {
        Verdict::Linearizable => "linearizable",
        Verdict::NotLinearizable => "not linearizable",
        // Another part may have decided the whole.
        Verdict::Unknown => "undecided",
    }
}

impl<'a> PagePart<'a> {
    fn new<M: Model>(
        model: &M,
        history: &History<M::Input, M::Output>,
        part: &'a Part,
    ) -> PagePart<'a> {
        let mut numbers = part.operations.clone();
        let all = history.operations();
        numbers.sort_by_key(|&number| (all[number].client, all[number].invoked, number));
        let mut operations: Vec<PageOperation> =
            numbers.iter().map(|&number| PageOperation::new(model, history, number)).collect();
        let times = rank(&mut operations, |place| {
            let operation = &all[numbers[place]];
            (operation.invoked, operation.returned_at())
        });

        let mut places = vec![0; all.len()];
        for (place, &number) in numbers.iter().enumerate() {
            places[number] = place;
        }
        let to_places = |numbers: &[usize]| numbers.iter().map(|&number| places[number]).collect();
        let order: Vec<usize> = to_places(&part.order);
        set_points(&mut operations, &order, times.len());
        let states = describe_states(model, history, &part.order);
        for (&place, state) in order.iter().zip(states) {
            operations[place].state = Some(state);
        }

        let core = part.failure.as_ref().and_then(|failure| failure.core.as_deref());
        PagePart {
            key: &part.key,
            verdict: verdict_on(part),
            times,
            order,
            misfit: part.failure.as_ref().map(|failure| places[failure.misfit]),
            reason: (part.failure.as_ref().and_then(|failure| failure.reason))
                .map(|reason| shorten(reason.describe(model, history))),
            core: to_places(core.unwrap_or_default()),
            operations,
            initial: shorten(model.describe_state(&model.init())),
        }
    }
}

impl PageOperation {
    fn new<M: Model>(
        model: &M,
        history: &History<M::Input, M::Output>,
        number: usize,
    ) -> PageOperation {
        let operation = &history.operations()[number];
        PageOperation {
            client: operation.client,
            text: shorten(model.describe(&operation.input, operation.output())),
            from: operation.invoked.at,
            to: operation.returned_at().map(|returned| returned.at),
            from_rank: 0,
            to_rank: None,
            answered: operation.output().is_some(),
            point: None,
            state: None,
        }
    }
}

/// Ranks the invocations and returns, and gives the times of the ranks.
fn rank(
    operations: &mut [PageOperation],
    moments: impl Fn(usize) -> (Moment, Option<Moment>),
) -> Vec<u64> {
    let mut events: Vec<(Moment, bool, usize)> = Vec::new();
    for place in 0..operations.len() {
        let (invoked, returned) = moments(place);
        events.push((invoked, false, place));
        events.extend(returned.map(|returned| (returned, true, place)));
    }
    events.sort_unstable();
    for (rank, &(_, is_return, place)) in events.iter().enumerate() {
        if is_return {
            operations[place].to_rank = Some(rank);
        } else {
            operations[place].from_rank = rank;
        }
    }
    events.iter().map(|&(at, ..)| at.at).collect()
}

/// Gives the ordered operations points, in order, each between invocation and return: halfway from
/// the latest invocation up to it to the earliest return from it on. Neither ever goes back, so
/// neither does the middle.
fn set_points(operations: &mut [PageOperation], order: &[usize], end: usize) {
    let mut latest = vec![end; order.len()];
    let mut earliest_return = end;
    for (place, &operation) in order.iter().enumerate().rev() {
        let returns = operations[operation].to_rank.unwrap_or(end);
        earliest_return = earliest_return.min(returns);
        latest[place] = earliest_return;
    }
    let mut latest_invocation = 0;
    for (&operation, latest) in order.iter().zip(latest) {
        latest_invocation = latest_invocation.max(operations[operation].from_rank);
        operations[operation].point = Some((latest_invocation + latest) as f64 / 2.0);
    }
}

/// The states after each operation of the order.
fn describe_states<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    order: &[usize],
) -> Vec<String> {
    let mut state = model.init();
    order
        .iter()
        .map(|&number| {
            let operation = &history.operations()[number];
            match model.step(&state, &operation.input, operation.output()) {
                Step::Illegal | Step::Same => {}
                Step::To(next) => state = next,
            }
            shorten(model.describe_state(&state))
        })
        .collect()
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(DESCRIPTION_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
