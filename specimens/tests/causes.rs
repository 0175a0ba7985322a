//! The chains of causes of what hunts catch: each first fact is what the specimen's header says, each fact is
//! true by a second look at the trace, and no altered chain gets past that.

#[path = "causes/naive.rs"]
mod naive;

use labtest::CauseKind;
use labtest::formats::Cause;
use naive::Naive;
use specimens::{Caught, Specimen, caught, is_known_miss, specimens, tests_of};

fn bugs() -> Vec<Specimen> {
    specimens().into_iter().filter(|specimen| !specimen.breaks.is_harmless()).collect()
}

/// The first catch of each bug, recorded.
fn all_caught() -> Vec<(Specimen, Caught)> {
    let each = bugs().into_iter().filter(|specimen| !is_known_miss(specimen)).map(|specimen| {
        let tests = tests_of(&specimen).expect("a test has that name");
        let caught = caught(&specimen, &tests, 2000).expect("a trace");
        (specimen, caught.expect("every bug is caught"))
    });
    each.collect()
}

#[test]
fn every_header_names_a_kind_that_there_is() {
    for specimen in bugs() {
        let cause = specimen.cause.expect("every bug has a cause");
        let is_known = cause == "unnamed" || CauseKind::ALL.iter().any(|kind| kind.name == cause);
        assert!(is_known, "{}: there is no kind {cause}", specimen.name);
    }
}

#[test]
fn chains_are_true_and_begin_with_what_the_header_says() {
    let caught = all_caught();
    let mut told = 0;
    for (specimen, found) in &caught {
        let Caught { chain, trace } = found;
        let naive = Naive::new(trace);
        naive.check(chain).unwrap_or_else(|problem| panic!("{}: {problem}", specimen.name));
        refuses_what_is_altered(&naive, chain, specimen.name);
        told += usize::from(found.cause().map(|fact| fact.fact.as_str()) == specimen.cause);
    }
    assert!(told * 100 >= caught.len() * 80, "{told} of {} are told", caught.len());
}

/// Every fact with another time, another server, another term, another sign, and the whole the wrong way round.
fn refuses_what_is_altered(naive: &Naive, chain: &[Cause], name: &str) {
    let refuses = |altered: &[Cause], how: &str| {
        assert!(naive.check(altered).is_err(), "{name}: {how} is let pass:\n{altered:#?}");
    };
    for place in (0..chain.len()).filter(|place| chain[*place].fact != "not-seen") {
        let altered = |how: &str, alter: &dyn Fn(&mut Cause)| {
            let mut chain = chain.to_vec();
            alter(&mut chain[place]);
            refuses(&chain, how);
        };
        altered("another server", &|fact| fact.place.servers[0] += 1);
        altered("another sign", &|fact| fact.wrong = !fact.wrong);
        // Whether one that refuses a promise has a leader to rely on, the second walker does not judge.
        let is_promise = chain[place].text.contains(" its pre-vote ");
        let told = NUMBERS.iter().filter(|it| chain[place].text.contains(it.0));
        for (words, instead) in told.filter(|it| !is_promise || !it.0.contains("refused")) {
            altered(words, &|fact| fact.text = fact.text.replacen(words, instead, 1));
        }
        if !DISK_ONLY.contains(&chain[place].fact.as_str()) {
            altered("another time", &|fact| fact.when -= 1);
            if chain[place].place.term.is_some()
                && !TERM_BESIDE.contains(&chain[place].fact.as_str())
            {
                altered("another term", &|fact| fact.place.term = fact.place.term.map(|it| it + 1));
            }
        }
    }
    let mut backwards = chain.to_vec();
    backwards.reverse();
    if backwards.first().map(|it| it.when) != backwards.last().map(|it| it.when) {
        refuses(&backwards, "backwards");
    }
}

/// Words beside a time, a count or a name, and the same beside another one.
const NUMBERS: [(&str, &str); 9] = [
    (" sent at ", " sent at 9"),
    ("'s answer to ", "1's answer to "),
    (" heartbeats and no entry ", "0 heartbeats and no entry "),
    (" that carried something was lost at ", " that carried something was lost at 9"),
    (" votes were refused ", "0 votes were refused "),
    (", given in term ", ", given in term 9"),
    (" requests from ", "0 requests from "),
    (": the candidate's is ", ": the candidate's is not "),
    ("; it had applied ", "; it had applied 9"),
];

/// What is on a disk, or in front of an entry, is in no trace.
const DISK_ONLY: [&str; 6] = [
    "disk-forgot",
    "appended-without-match",
    "kept-conflict",
    "entry-changed",
    "snapshot-wrong-state",
    "log-cut-without-snapshot",
];

/// Facts about an index, of which the term is said beside it, and about a term that is on a disk.
const TERM_BESIDE: [&str; 3] = ["applies", "commits", "started-with-other"];
