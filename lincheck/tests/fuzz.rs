//! Readers beside inputs that nobody would write: each ends in a history or in an error, and never in a
//! panic. `LINCHECK_FUZZ_INPUTS` says how many inputs each format gets.

use lincheck::{Format, ModelName, PageContext, ReadOptions, RecordedHistory};
use serde_json::json;

/// How many inputs each format gets if nobody says.
const INPUTS: u64 = 20_000;

/// One in this many of the histories that could be read is judged and drawn, too.
const JUDGED_EACH: u64 = 16;

const STEPS_MAX: u64 = 2_000;

/// What inputs are made of: a whole history, and words that mean something to a reader or none.
struct Grammar {
    format: Format,
    whole: &'static [&'static str],
    words: &'static [&'static str],
}

const GRAMMARS: [Grammar; 3] = [
    Grammar {
        format: Format::Jsonl,
        whole: &[
            "{\"schema\":\"labtest.history/v2\"}\n{\"at\":1,\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":1}\n\
             {\"at\":2,\"process\":0,\"type\":\"ok\",\"f\":\"write\"}\n{\"at\":3,\"process\":1,\"type\":\"invoke\",\"f\":\"read\"}\n\
             {\"at\":4,\"process\":1,\"type\":\"ok\",\"f\":\"read\",\"value\":1}\n",
            "{\"schema\":\"labtest.history/v2\",\"missing_is_empty\":true}\n\
             {\"process\":0,\"type\":\"invoke\",\"f\":\"put\",\"key\":\"x\",\"value\":\"1\",\"version\":0}\n\
             {\"process\":\"nemesis\",\"type\":\"info\",\"f\":\"cut\"}\n\
             {\"process\":0,\"type\":\"ok\",\"f\":\"put\",\"key\":\"x\",\"version\":1}\n",
        ],
        words: &[
            "{",
            "}",
            "[",
            "]",
            "\"",
            ",",
            ":",
            "\n",
            "\\",
            "\"at\":",
            "\"process\":",
            "\"type\":",
            "\"f\":",
            "\"key\":",
            "\"value\":",
            "\"version\":",
            "null",
            "true",
            "1e999",
            "-1",
            "18446744073709551616",
            "\"\\ud800\"",
            "\"read\"",
            "\"txn\"",
            "\"add\"",
            "\"transfer\"",
            "{\"base64\":\"ww==\"}",
            "[[\"r\",1,null],[\"append\",1,2]]",
            "{\"from\":0,\"to\":1,\"amount\":5}",
        ],
    },
    Grammar {
        format: Format::JepsenEdn,
        whole: &[
            "[{:type :invoke, :f :cas, :value [1 2], :process 0, :time 5, :index 0}\n \
             {:type :ok, :f :cas, :value [1 2], :process 0, :time 6}]",
            "{:type :invoke, :f :read, :value [3 nil], :process 1}\n#op{:type :ok, :f :read, :value [3 #{1}], :process 1}\n\
             {:type :info, :f :start, :process :nemesis}",
            "({:type :invoke :f :txn :process 0 :value [[:r :x nil] [:append :x 1]]} ; a comment\n \
             {:type :ok :f :txn :process 0 :value [[:r :x [2]] [:append :x 1]]})",
        ],
        words: &[
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "#{",
            "#_",
            "#",
            "##",
            "\"",
            "\\",
            ";",
            "\n",
            ",",
            ":",
            "nil",
            ":type ",
            ":invoke ",
            ":ok ",
            ":fail ",
            ":info ",
            ":f ",
            ":process ",
            ":value ",
            ":time ",
            ":nemesis ",
            "1N",
            "-1",
            "1e999",
            "##NaN",
            "\\newline",
            "\\u00e9",
            "\"\\ud83d\\ude00\"",
            ":add ",
            ":dequeue ",
            ":acquire ",
            ":transfer ",
            "{:from 0 :to 1 :amount 5}",
            "é",
            "\u{0}",
        ],
    },
    Grammar {
        format: Format::JepsenLog,
        whole: &[
            "INFO  jepsen.util - 0\t:invoke\t:write\t3\nINFO  jepsen.util - 0\t:ok\t:write\t3\nsomething else\n\
             1\t:invoke\t:read\tnil\n1\t:ok\t:read\t3\n:nemesis\t:info\t:start\tnil\n",
            "0 :invoke :cas [1 2]\n0 :fail :cas [1 2] :timeout\n2 :invoke :dequeue nil\n2 :ok :dequeue 4\n",
        ],
        words: &[
            "\t",
            " ",
            "\n",
            ":invoke",
            ":ok",
            ":fail",
            ":info",
            ":read",
            ":write",
            ":cas",
            ":nemesis",
            "0",
            "1",
            "99999999999999999999",
            "[1 2]",
            "nil",
            "\"",
            "\\",
            "#{",
            ":",
            "é",
            "\u{2028}",
        ],
    },
];

/// SplitMix64, so that an input that fails comes again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % end as u64) as usize
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// A history with some of it left out, doubled, or replaced by words.
fn input(grammar: &Grammar, dice: &mut Dice) -> String {
    let mut text: Vec<char> = dice.of(grammar.whole).chars().collect();
    for _ in 0..dice.below(6) {
        let start = dice.below(text.len() + 1);
        let end = (start + dice.below(12)).min(text.len());
        let word: Vec<char> = match dice.below(4) {
            0 => Vec::new(),
            1 => {
                let from = dice.below(text.len() + 1);
                let to = (from + dice.below(80)).min(text.len());
                text[from..to].to_vec()
            }
            _ => {
                dice.of(grammar.words).repeat(1 + dice.below(3) * dice.below(40)).chars().collect()
            }
        };
        let end = if dice.below(2) == 0 { start } else { end };
        text.splice(start..end, word);
    }
    text.into_iter().collect()
}

#[test]
fn no_input_brings_a_reader_down() {
    let inputs = std::env::var("LINCHECK_FUZZ_INPUTS");
    let inputs = inputs.map_or(INPUTS, |inputs| inputs.parse().expect("a number of inputs"));
    let models: Vec<ModelName> = ModelName::all().collect();
    for grammar in &GRAMMARS {
        let (mut read, mut refused) = (0, 0);
        for number in 0..inputs {
            let mut dice = Dice(number);
            let text = input(grammar, &mut dice);
            let model = models[dice.below(models.len())];
            let initial = (model == ModelName::Bank).then(|| json!({"0": 5, "1": 5}));
            let options = ReadOptions { format: Some(grammar.format), initial };
            let _ = Format::of(&text);
            match RecordedHistory::read(&text, model, &options) {
                Ok(history) if number % JUDGED_EACH == 0 => {
                    let report = history.explain(Some(STEPS_MAX));
                    let _ = history.describe(&report);
                    let _ = history.judgement(&report);
                    let _ = history.html(&report, &PageContext::default());
                    read += 1;
                }
                Ok(_) => read += 1,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
        }
        println!("{}: {read} read, {refused} refused", grammar.format.name());
        assert!(read > inputs / 100 && refused > inputs / 100, "{read} read, {refused} refused");
    }
}
