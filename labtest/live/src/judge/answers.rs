//! When clients asked and were answered, by their histories.

use crate::clients::HistoryFile;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One operation, as far as its time and its success go. Times are nanoseconds since the run began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub client: u64,
    pub roams: bool,
    pub begun_ns: u64,
    /// When its client was answered or gave up; none if it was open to the end.
    pub ended_ns: Option<u64>,
    /// Whether it was acknowledged.
    pub is_ok: bool,
}

#[derive(Deserialize)]
struct Line {
    at: u64,
    process: u64,
    #[serde(rename = "type")]
    kind: String,
    client: Option<u64>,
    #[serde(default)]
    roams: bool,
    gave_up_at: Option<u64>,
}

/// All operations, in the order in which they began. What is no line of a client of ours is left out; whether a
/// history is one, its checker says.
pub(super) fn read(histories: &[HistoryFile]) -> Vec<Asked> {
    let mut all: Vec<Asked> = histories.iter().flat_map(|file| read_one(&file.text)).collect();
    all.sort_by_key(|asked| asked.begun_ns);
    all
}

fn read_one(text: &str) -> Vec<Asked> {
    let mut all = Vec::new();
    let mut open = BTreeMap::new();
    for line in text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        let Line { at, process, kind, client, roams, gave_up_at } = line;
        if kind == "invoke" {
            open.insert(process, all.len());
            let client = client.unwrap_or(process);
            all.push(Asked { client, roams, begun_ns: at, ended_ns: None, is_ok: false });
        } else if let Some(place) = open.remove(&process) {
            let asked: &mut Asked = &mut all[place];
            asked.ended_ns = Some(gave_up_at.unwrap_or(at));
            asked.is_ok = kind == "ok" && gave_up_at.is_none();
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use lincheck::ModelName;

    #[test]
    fn what_the_logs_settle_is_no_answer() {
        let text = r#"{"schema":"labtest.history/v2"}
{"at":1,"process":0,"type":"invoke","f":"put","key":"k","value":"1","client":0,"roams":true}
{"at":2,"process":7,"type":"invoke","f":"put","key":"k","value":"2","client":1}
{"at":3,"process":0,"type":"ok","f":"put","key":"k","client":0,"roams":true}
{"at":4,"process":0,"type":"invoke","f":"put","key":"k","value":"3","client":0,"roams":true}
{"at":90,"process":7,"type":"ok","f":"put","key":"k","client":1,"gave_up_at":5}
"#;
        let file = HistoryFile { model: ModelName::Kv, text: text.to_owned() };
        let asked = |client, roams, begun_ns, ended_ns, is_ok| Asked {
            client,
            roams,
            begun_ns,
            ended_ns,
            is_ok,
        };
        let expected = [
            asked(0, true, 1, Some(3), true),
            asked(1, false, 2, Some(5), false),
            asked(0, true, 4, None, false),
        ];
        assert_eq!(read(&[file]), expected);
    }
}
