//! Every published verdict on Porcupine's corpus: 102 logs of etcd under Jepsen, and the key/value
//! logs.

use crate::support::alone;
use crate::support::corpus::{self, ETCD_OK, KV};
use lincheck::models::{Kv, Plain, Register};
use lincheck::{
    Checker, Format, History, Model, ModelName, ReadOptions, RecordedHistory, Verdict, check,
};

const LAB: Kv = Kv::new().with_missing_as_empty();

fn expected(is_ok: bool) -> Verdict {
    if is_ok { Verdict::Linearizable } else { Verdict::NotLinearizable }
}

#[test]
fn verdicts_on_etcd_logs() {
    let sources = corpus::sources_of("porcupine-rs");
    let mut failing = 0;
    for number in corpus::etcd_numbers() {
        let history = corpus::etcd(&corpus::etcd_text(&sources, number));
        assert!(history.operations().len() > 50, "log {number}");
        let expected = expected(ETCD_OK.contains(&number));
        assert_eq!(check(&Register::new(), &history).verdict, expected, "log {number}");
        assert_eq!(check(&Plain(Register::new()), &history).verdict, expected, "log {number}");
        failing += usize::from(expected == Verdict::NotLinearizable);
    }
    assert_eq!(failing, 79);
}

#[test]
fn verdicts_on_key_value_logs() {
    let sources = corpus::sources_of("porcupine-rs");
    for name in KV {
        let history = corpus::kv(&corpus::kv_text(&sources, name));
        let expected = expected(name.ends_with("ok"));
        assert_eq!(check(&LAB, &history).verdict, expected, "{name}");
        assert_eq!(check(&Plain(LAB), &history).verdict, expected, "{name}");
    }
}

/// As users have them, by what the files themselves show.
#[test]
fn verdicts_on_logs_as_they_are() {
    let sources = corpus::sources_of("porcupine-rs");
    let judge = |text: &str, model| {
        let history = RecordedHistory::read(text, model, &ReadOptions::default()).unwrap();
        (history.explain(None).verdict, history.source().clone())
    };
    for number in corpus::etcd_numbers() {
        let text = corpus::etcd_text(&sources, number);
        let (verdict, source) = judge(&text, ModelName::Register);
        assert_eq!(verdict, expected(ETCD_OK.contains(&number)), "log {number}");
        assert_eq!(source.format, Format::JepsenLog);
        assert_eq!(source.lines + source.nemesis_lines + source.other_lines, text.lines().count());
    }
    for name in KV {
        let (verdict, source) = judge(&corpus::kv_text(&sources, name), ModelName::Kv);
        assert_eq!(verdict, expected(name.ends_with("ok")), "{name}");
        assert!(source.format == Format::JepsenEdn && source.takes_empty_for_missing);
    }
}

/// The same logs come from two hands.
#[test]
fn both_crates_carry_the_same_etcd_logs() {
    let porcupine = corpus::sources_of("porcupine-rs");
    let todc = corpus::sources_of("todc-utils").join("tests/linearizability/etcd");
    for number in corpus::etcd_numbers() {
        let theirs = std::fs::read_to_string(todc.join(format!("etcd_{number:03}.log"))).unwrap();
        assert_eq!(
            corpus::etcd(&corpus::etcd_text(&porcupine, number)),
            corpus::etcd(&theirs),
            "log {number}",
        );
    }
}

/// Failing logs are explained by few operations, which fail by themselves too.
#[test]
fn failing_logs_shrink_to_a_handful_of_operations() {
    let sources = corpus::sources_of("porcupine-rs");
    let failing = corpus::etcd_numbers().filter(|number| !ETCD_OK.contains(number));
    let mut sizes: Vec<usize> = failing
        .map(|number| {
            let history = corpus::etcd(&corpus::etcd_text(&sources, number));
            core_size(&Register::new(), &history)
        })
        .collect();
    sizes.sort_unstable();
    assert!(sizes[0] >= 2 && sizes[sizes.len() / 2] <= 6 && sizes[78] <= 20, "{sizes:?}");
    for name in KV.into_iter().filter(|name| name.ends_with("bad")) {
        let history = corpus::kv(&corpus::kv_text(&sources, name));
        assert_eq!(core_size(&LAB, &history), 2, "{name}");
    }
}

fn core_size<M: Model>(model: &M, history: &History<M::Input, M::Output>) -> usize
where
    M::Input: Clone,
    M::Output: Clone,
{
    let report = Checker::new(model).explain(history);
    let part = report.failing_part().expect("one fails");
    let failure = part.failure.as_ref().expect("it is explained");
    let core = failure.core.as_ref().expect("it has a core");
    assert!(core.contains(&failure.misfit));
    assert!(!part.order.contains(&failure.misfit));
    let (core_only, _) = alone(history, core, &[]);
    assert_eq!(check(model, &core_only).verdict, Verdict::NotLinearizable);
    core.len()
}
