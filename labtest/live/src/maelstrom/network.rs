//! The network between the nodes: it delays, loses and doubles their messages, and reorders them by that.
//! What clients send and get is left alone: a delay there would only hide what is wrong.

use super::message::Message;
use super::problems::Problems;
use parking_lot::Mutex;
use runtime::{Instant, Rng};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// What a link does to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Weather {
    /// How many of a million are lost.
    pub(super) lost_per_million: u32,
    /// How many of a million arrive twice.
    pub(super) doubled_per_million: u32,
    /// The longest delay.
    pub(super) delay_max: Duration,
}

impl Default for Weather {
    fn default() -> Weather {
        Weather { lost_per_million: 0, doubled_per_million: 0, delay_max: Duration::from_millis(5) }
    }
}

/// Carries messages to nodes and clients.
pub(super) struct Network {
    state: Mutex<State>,
    problems: Arc<Problems>,
    started: Instant,
}

struct State {
    /// Where a node or client takes its messages; a node that is down is not there.
    inputs: BTreeMap<String, UnboundedSender<Message>>,
    nodes: Vec<String>,
    /// Nodes that do not know yet who they are: they get nothing but that.
    unnamed: BTreeSet<String>,
    weather: Weather,
    /// Links, from and to, that carry nothing.
    cut: BTreeSet<(String, String)>,
    rng: Rng,
    journal: BufWriter<File>,
    journal_error: Option<io::Error>,
}

impl Network {
    /// A network in which all messages are noted in that file.
    pub(super) fn new(
        nodes: Vec<String>,
        seed: u64,
        journal: &Path,
        problems: Arc<Problems>,
        started: Instant,
    ) -> io::Result<Network> {
        let state = State {
            inputs: BTreeMap::new(),
            nodes,
            unnamed: BTreeSet::new(),
            weather: Weather::default(),
            cut: BTreeSet::new(),
            rng: Rng::stream(seed, "network", 0),
            journal: BufWriter::new(File::create(journal)?),
            journal_error: None,
        };
        Ok(Network { state: Mutex::new(state), problems, started })
    }

    /// Has messages to a node or client go there.
    pub(super) fn attach(&self, name: &str, input: UnboundedSender<Message>) {
        self.state.lock().inputs.insert(name.to_owned(), input);
    }

    /// A node has just started, and is to get nothing before its `init`.
    pub(super) fn attach_unnamed(&self, name: &str, input: UnboundedSender<Message>) {
        self.state.lock().unnamed.insert(name.to_owned());
        self.attach(name, input);
    }

    /// It has answered that.
    pub(super) fn is_named(&self, name: &str) {
        self.state.lock().unnamed.remove(name);
    }

    /// A node is down: what is sent to it is lost.
    pub(super) fn detach(&self, name: &str) {
        self.state.lock().inputs.remove(name);
    }

    pub(super) fn set_weather(&self, weather: Weather) {
        self.state.lock().weather = weather;
    }

    pub(super) fn cut(&self, links: impl IntoIterator<Item = (String, String)>) {
        self.state.lock().cut.extend(links);
    }

    /// All links are whole again.
    pub(super) fn heal(&self) {
        let mut state = self.state.lock();
        state.cut.clear();
        state.weather = Weather::default();
    }

    /// Takes a message and has it arrive, now or later, or not.
    pub(super) fn send(self: &Arc<Network>, message: Message) {
        let delays = match self.state.lock().fates(&message, self.started) {
            Ok(delays) => delays,
            Err(problem) => return self.problems.tell(problem),
        };
        for delay in delays {
            if delay.is_zero() {
                self.deliver(message.clone());
                continue;
            }
            let (network, message) = (Arc::clone(self), message.clone());
            runtime::detach(async move {
                runtime::sleep(delay).await;
                network.deliver(message);
            });
        }
    }

    fn deliver(&self, message: Message) {
        let state = self.state.lock();
        if state.unnamed.contains(&message.dest) && message.body.get("type") != Some(&json!("init"))
        {
            return;
        }
        if let Some(input) = state.inputs.get(&message.dest) {
            // Who is about to go down or away gets no more.
            let _ = input.send(message);
        }
    }

    /// Writes what is left of the journal.
    ///
    /// # Errors
    /// The first that there was.
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        match state.journal_error.take() {
            Some(error) => Err(error),
            None => state.journal.flush(),
        }
    }
}

impl State {
    /// After which delays a message arrives: none if it is lost, two if it is doubled.
    fn fates(&mut self, message: &Message, started: Instant) -> Result<Vec<Duration>, String> {
        let is_between_nodes =
            self.nodes.contains(&message.src) && self.nodes.contains(&message.dest);
        if !is_between_nodes && !self.is_known(&message.dest) {
            let (src, dest) = (&message.src, &message.dest);
            return Err(format!(
                "{src} sent a message to {dest}, and nobody is called so: there are nodes and clients, and none \
                 of Maelstrom's services"
            ));
        }
        let delays = if is_between_nodes { self.drawn(message) } else { vec![Duration::ZERO] };
        self.note(message, &delays, started);
        Ok(delays)
    }

    /// Whether somebody is called so, a node that is down included.
    fn is_known(&self, name: &str) -> bool {
        self.inputs.contains_key(name) || self.nodes.iter().any(|node| node == name)
    }

    fn drawn(&mut self, message: &Message) -> Vec<Duration> {
        let Weather { lost_per_million, doubled_per_million, delay_max } = self.weather.clone();
        let is_cut = self.cut.contains(&(message.src.clone(), message.dest.clone()));
        if is_cut || self.rng.chance(lost_per_million) {
            return Vec::new();
        }
        let copies = if self.rng.chance(doubled_per_million) { 2 } else { 1 };
        (0..copies).map(|_| self.rng.duration(Duration::ZERO..=delay_max)).collect()
    }

    fn note(&mut self, message: &Message, delays: &[Duration], started: Instant) {
        let arrives: Vec<f64> = delays.iter().map(|delay| delay.as_secs_f64() * 1e3).collect();
        let line = json!({
            "at": runtime::now().since(started).as_nanos() as u64,
            "src": message.src,
            "dest": message.dest,
            "arrives_after_ms": arrives,
            "body": message.body,
        });
        let written = writeln!(self.journal, "{line}");
        self.journal_error = self.journal_error.take().or(written.err());
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::body;
    use super::*;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    struct Bench {
        network: Arc<Network>,
        problems: Arc<Problems>,
        inputs: Vec<UnboundedReceiver<Message>>,
        _folder: tempfile::TempDir,
    }

    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let problems = Arc::new(Problems::default());
        let nodes = vec!["n1".to_owned(), "n2".to_owned()];
        let journal = folder.path().join("messages.jsonl");
        let network =
            Network::new(nodes, 1, &journal, Arc::clone(&problems), runtime::now()).unwrap();
        let inputs = ["n1", "n2", "c1"].map(|name| {
            let (input, output) = unbounded_channel();
            network.attach(name, input);
            output
        });
        Bench { network: Arc::new(network), problems, inputs: inputs.into(), _folder: folder }
    }

    fn message(src: &str, dest: &str) -> Message {
        let body = body(json!({"type": "hello"}));
        Message { src: src.to_owned(), dest: dest.to_owned(), body }
    }

    async fn arrived(input: &mut UnboundedReceiver<Message>) -> usize {
        let mut count = 0;
        while runtime::timeout(Duration::from_millis(300), input.recv()).await.is_ok() {
            count += 1;
        }
        count
    }

    #[tokio::test]
    async fn a_cut_is_one_way_and_leaves_clients_alone_until_it_is_healed() {
        let mut bench = bench();
        bench.network.cut([("n1".to_owned(), "n2".to_owned())]);
        for (src, dest) in [("n1", "n2"), ("n2", "n1"), ("n1", "c1"), ("c1", "n1")] {
            bench.network.send(message(src, dest));
        }
        assert_eq!(arrived(&mut bench.inputs[1]).await, 0);
        assert_eq!(arrived(&mut bench.inputs[0]).await, 2);
        assert_eq!(arrived(&mut bench.inputs[2]).await, 1);
        bench.network.heal();
        bench.network.send(message("n1", "n2"));
        assert_eq!(arrived(&mut bench.inputs[1]).await, 1);
        assert!(bench.problems.all().is_empty());
    }

    #[tokio::test]
    async fn messages_are_doubled_and_lost() {
        let mut bench = bench();
        bench.network.set_weather(Weather { doubled_per_million: 1_000_000, ..Weather::default() });
        bench.network.send(message("n1", "n2"));
        assert_eq!(arrived(&mut bench.inputs[1]).await, 2);
        bench.network.set_weather(Weather { lost_per_million: 1_000_000, ..Weather::default() });
        bench.network.send(message("n1", "n2"));
        bench.network.send(message("c1", "n2"));
        assert_eq!(arrived(&mut bench.inputs[1]).await, 1);
    }

    #[tokio::test]
    async fn a_node_gets_nothing_before_its_init() {
        let mut bench = bench();
        let (input, output) = unbounded_channel();
        bench.network.attach_unnamed("n1", input);
        bench.inputs[0] = output;
        bench.network.send(message("n2", "n1"));
        bench.network.send(message("c1", "n1"));
        assert_eq!(arrived(&mut bench.inputs[0]).await, 0);
        let init = Message { body: body(json!({"type": "init"})), ..message("c1", "n1") };
        bench.network.send(init);
        assert_eq!(arrived(&mut bench.inputs[0]).await, 1);
        bench.network.is_named("n1");
        bench.network.send(message("n2", "n1"));
        assert_eq!(arrived(&mut bench.inputs[0]).await, 1);
    }

    #[tokio::test]
    async fn a_message_to_nobody_is_a_problem_and_one_to_a_node_that_is_down_is_none() {
        let bench = bench();
        bench.network.detach("n2");
        bench.network.send(message("n1", "n2"));
        bench.network.send(message("c1", "n2"));
        assert!(bench.problems.all().is_empty());
        bench.network.send(message("n1", "lin-kv"));
        let [problem] = bench.problems.all().try_into().unwrap();
        assert!(problem.starts_with("n1 sent a message to lin-kv, and nobody is called so"));
    }
}
