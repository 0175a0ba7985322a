//! Traces that this version has not written: an older one, and one that comes from no simulation.

use labreport::narrate::{Columns, tell};
use labreport::run::{Gap, Run};
use labreport::{render_svg, render_timeline};
use labtrace::trace::{Clock, Looks, read};

/// What version 1 wrote of an exploration: servers are isolated, crash and have a slow disk.
const V1: &str = include_str!("../../trace/tests/v1/trace.jsonl");

/// The real clock, no seed, no state of any server, no hash, a client in the network, and looks that
/// nobody knows.
const BY_HAND: &str = include_str!("../../trace/tests/by_hand/trace.jsonl");

fn narrated(trace: &str) -> String {
    let (header, lines) = read(trace).unwrap();
    let mut columns = Columns::new(header.servers, 120);
    tell(header.servers, &lines).iter().map(|told| columns.lines(told)).collect()
}

#[test]
fn a_trace_of_v1_is_drawn_and_told() {
    let run = Run::from_trace(V1).unwrap();
    let looks: Vec<Looks> = run.faults.iter().map(|fault| fault.looks).collect();
    assert_eq!(looks, [Looks::Cut, Looks::Crash, Looks::Disk]);
    let isolated = &run.faults[0];
    assert_eq!(isolated.lanes(), isolated.servers);
    assert!(!isolated.gaps(3).is_empty());
    let svg = render_svg(V1).unwrap();
    for text in ["scenario::s · seed 1", "of virtual time", "url(#cut)", "url(#disk)", "crashed"] {
        assert!(svg.contains(text), "no {text:?}");
    }
    let page = render_timeline(V1).unwrap();
    assert!(page.contains("<dt>seed</dt><dd>1</dd>") && page.contains("<dt>virtual time</dt>"));
    assert!(page.contains(r#""looks":"cut""#));
    assert!(narrated(V1).contains("** isolate, server"));
}

#[test]
fn a_trace_made_by_hand_is_drawn_and_told() {
    let run = Run::from_trace(BY_HAND).unwrap();
    assert_eq!((run.header.clock, run.header.seed, &run.trace_hash), (Clock::Real, None, &None));
    assert_eq!(run.faults[0].gaps(3), [Gap::Wall(1)]);
    assert_eq!(run.messages.len(), 4, "the client's call is drawn as its operation");

    let svg = render_svg(BY_HAND).unwrap();
    for text in ["three machines in a rack", "of real time", "unplugged", "client 4", "crashed"] {
        assert!(svg.contains(text), "no {text:?} in {svg}");
    }
    let page = render_timeline(BY_HAND).unwrap();
    assert!(page.contains("<title>three machines in a rack</title>"));
    assert!(page.contains("<dt>live run, real clock</dt><dd>0.340 s</dd>"));
    assert!(page.contains("server 2 becomes leader of term 1"));
    for text in [&svg, &page] {
        assert!(!text.contains("seed ") && !text.contains("Seed ") && !text.contains("virtual"));
    }

    let told = narrated(BY_HAND);
    for text in ["leads term 1", "** is unplugged **", "** sunspots **", "applies 1: 101"] {
        assert!(told.contains(text), "no {text:?} in {told}");
    }
    assert!(!told.contains("puts 101"), "a client has no column");
}
