//! Pages: complete in themselves, with nothing of a history taken for markup, and points that lie
//! where the order has them.

use crate::support::histories::*;
use lincheck::models::{Register, RegisterInput};
use lincheck::{
    Checker, FaultBand, History, Operation, PageContext, PageLink, Report, check, render_html,
};
use proptest::prelude::*;
use serde_json::Value;

/// The data that the page's script gets.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}

fn page(history: &History<RegisterInput<u8>, lincheck::models::RegisterOutput<u8>>) -> String {
    let register = Register::new();
    render_html(
        &register,
        history,
        &Checker::new(&register).explain(history),
        &PageContext::default(),
    )
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let page = page(&History::new()).replace("http://www.w3.org/2000/svg", "");
    for outside in ["http:", "https:", "//cdn", "src=", "href=", "url(", "@import", "fetch("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
}

#[test]
fn nothing_in_a_history_is_markup() {
    let nasty = "</script><script>alert(1)</script><!--\u{2028}\"'&";
    let register = Register::new();
    let mut history = History::new();
    let write = Operation::new(0, 0, RegisterInput::Write(nasty.to_string()));
    history.push(write.returned(1, lincheck::models::RegisterOutput::Written)).unwrap();
    let report = check(&register, &history);
    let fault = FaultBand { from: 0, to: 1, label: nasty.to_string() };
    let link = PageLink { address: "other.html".to_string(), text: nasty.to_string() };
    let context = PageContext { faults: vec![fault], links: vec![link], part: None };
    let page = render_html(&register, &history, &report, &context);
    let clean =
        render_html(&Register::<u8>::new(), &History::new(), &no_parts(), &PageContext::default());
    assert_eq!(page.matches('<').count(), clean.matches('<').count());
    assert_eq!(data(&page)["faults"][0]["label"], nasty);
    assert_eq!(data(&page)["links"][0]["text"], nasty);
    assert_eq!(data(&page)["parts"][0]["operations"][0]["text"], format!("write {nasty:?}"));
}

fn no_parts() -> Report {
    check(&Register::<u8>::new(), &History::new())
}

#[test]
fn a_page_shows_what_the_report_found() {
    use lincheck::models::RegisterOutput::{Value as Read, Written};
    let mut history = History::new();
    history.push(Operation::new(7, 0, RegisterInput::Write(1)).returned(10, Written)).unwrap();
    history.push(Operation::new(3, 20, RegisterInput::Read).returned(30, Read(None))).unwrap();
    history.push(Operation::new(5, 25, RegisterInput::Write(2)).unknown()).unwrap();
    let data = data(&page(&history));
    assert_eq!(data["verdict"], "not linearizable");
    let part = &data["parts"][0];
    let clients: Vec<_> = (0..3).map(|place| &part["operations"][place]["client"]).collect();
    assert_eq!(clients, [3, 5, 7], "by client");
    assert_eq!(part["order"], serde_json::json!([2]));
    assert_eq!((&part["misfit"], &part["core"]), (&0.into(), &serde_json::json!([2, 0])));
    assert_eq!(part["operations"][2]["state"], "1");
    assert_eq!(part["reason"], "that was overwritten before, by client 7 [0, 10] write 1");
    assert_eq!(part["operations"][1]["to"], Value::Null);
    assert_eq!(part["times"], serde_json::json!([0, 10, 20, 25, 30]));
}

#[test]
fn long_histories_give_pages_of_bounded_size() {
    let mut history = History::new();
    let model = lincheck::models::Keyed(Register::new());
    for number in 0..50_000u64 {
        let key = (number / 500).to_string();
        let input = lincheck::models::KeyedInput { key, input: RegisterInput::Write(number) };
        let write = Operation::new(number % 5, 10 * number, input);
        history
            .push(write.returned(10 * number + 5, lincheck::models::RegisterOutput::Written))
            .unwrap();
    }
    let page = render_html(&model, &history, &check(&model, &history), &PageContext::default());
    let data = data(&page);
    let lengths = |page: &Value| ["parts", "named"].map(|it| page[it].as_array().unwrap().len());
    assert_eq!((lengths(&data), &data["left_out"]), ([40, 60], &0.into()), "none is out of reach");
    assert_eq!(
        data["named"][59],
        serde_json::json!({"key": "99", "verdict": "linearizable", "count": 500})
    );
    assert!(page.len() < 6_000_000, "{}", page.len());
    let context = PageContext { part: Some("99".to_string()), ..PageContext::default() };
    let asked_for = render_html(&model, &history, &check(&model, &history), &context);
    assert_eq!(self::data(&asked_for)["parts"][0]["key"], "99");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn points_follow_the_order_within_their_operations(
        drafts in drafts(register_inputs(), register_outputs(), 0..12, 20)
    ) {
        let history = run(&Register::new(), &drafts, register_answer);
        let data = data(&page(&history));
        for part in data["parts"].as_array().unwrap() {
            let mut before = 0.0;
            for place in part["order"].as_array().unwrap() {
                let operation = &part["operations"][place.as_u64().unwrap() as usize];
                let point = operation["point"].as_f64().unwrap();
                prop_assert!(point >= before && point >= operation["from_rank"].as_f64().unwrap());
                prop_assert!(operation["to_rank"].as_f64().is_none_or(|to| point <= to));
                before = point;
            }
        }
    }
}
