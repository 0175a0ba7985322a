use super::*;
use crate::nemesis::{Closing, Delay, LinkChange, Nemesis, Point, Senses, Step, Target, View, Way};
use crate::{Event, FaultSpec, faults};
use labtrace::trace::{Fault, Phase};
use runtime::{Rng, Simulation};
use std::time::Duration;

/// Writes down what it is told, and has servers that do nothing.
struct Told {
    log: Mutex<Vec<String>>,
    running: Mutex<Vec<bool>>,
    traps: Mutex<Option<Arc<Traps>>>,
}

impl Told {
    fn new(servers: usize) -> Arc<Told> {
        let running = Mutex::new(vec![true; servers]);
        Arc::new(Told { log: Mutex::default(), running, traps: Mutex::default() })
    }

    fn say(&self, text: String) {
        self.log.lock().push(text);
    }

    /// What it was told since it was asked last.
    fn news(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock())
    }

    fn traps(&self) -> Arc<Traps> {
        Arc::clone(self.traps.lock().as_ref().expect("traps are watched"))
    }
}

impl World for Told {
    fn servers(&self) -> usize {
        self.running.lock().len()
    }

    fn is_running(&self, server: usize) -> bool {
        self.running.lock()[server]
    }

    fn crash(&self, server: usize, unsynced: Unsynced) {
        if std::mem::replace(&mut self.running.lock()[server], false) {
            self.say(format!("crash {server} {unsynced:?}"));
        }
    }

    fn boot(&self, server: usize) -> Result<(), Failure> {
        self.running.lock()[server] = true;
        self.say(format!("boot {server}"));
        Ok(())
    }

    fn set_link(&self, from: usize, to: usize, link: &LinkState) {
        self.say(format!("link {from} {to}{}, {} changes", closing(link), link.changes.len()));
    }

    fn set_clients(&self, server: usize, way: Way, link: &LinkState) {
        self.say(format!("clients {way:?} {server}{}", closing(link)));
    }

    fn set_node(&self, server: usize, node: NodeState) {
        self.say(format!("node {server} paused {}", node.paused));
    }

    fn set_disk(&self, server: usize, disk: DiskState) {
        self.say(format!("disk {server} full {} sync {:?}", disk.full, disk.sync));
    }

    fn fail_next_sync(&self, server: usize) {
        self.say(format!("disk {server} fails to sync"));
    }

    fn jump_clock(&self, server: usize, _forward: Duration) -> Result<(), Failure> {
        let sentence = format!("server {server} has no clock of its own");
        Err(Failure::noticed_at(Duration::ZERO, crate::property::MAKE, sentence))
    }

    fn flip_bit(&self, _server: usize) -> Result<bool, Failure> {
        Ok(false)
    }

    fn watch_traps(&self, traps: &Arc<Traps>) {
        *self.traps.lock() = Some(Arc::clone(traps));
    }

    fn traps_changed(&self, server: usize) {
        let points: Vec<Point> = self.traps().of(server).iter().map(|trap| trap.point).collect();
        self.say(format!("traps {server} {points:?}"));
    }

    fn view(&self, server: usize) -> Option<View> {
        let role = if server == 1 { raft::RoleName::Leader } else { raft::RoleName::Follower };
        self.is_running(server).then_some(View { role, term: 1, last_entry: None })
    }

    fn chance(&self, step: u64) -> Rng {
        Rng::from_seed(step)
    }

    fn show_fault(&self, fault: &Fault) {
        let phase = if fault.phase == Phase::Begin { "begins" } else { "ends" };
        self.say(format!("{} {:?} {phase}", fault.what, fault.servers));
    }

    fn fail(&self, failure: Failure) {
        self.say(failure.message);
    }
}

fn closing(link: &LinkState) -> String {
    let is = [(link.cut, " cut"), (link.held, " held"), (link.reset, " reset")];
    is.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect()
}

/// A field on which nothing lies, and its world.
fn field() -> (Arc<Told>, Arc<Field>) {
    let world = Told::new(3);
    let field = Field::new(Arc::clone(&world) as Arc<dyn World>);
    let news = world.news();
    assert_eq!(news.len(), 6 + 6 + 3, "links of servers, of clients, and disks: {news:?}");
    (world, field)
}

fn closed(closing: Closing) -> Effect {
    Effect::Closed { from: 0, to: 1, closing }
}

#[test]
fn clients_are_kept_from_a_server_in_each_way_while_a_fault_closes_it() {
    let (world, field) = field();
    let closed = |way, closing| Effect::ClientsClosed { server: 2, way, closing };
    field.lay(1, closed(Way::In, Closing::Hold));
    field.lay(2, closed(Way::In, Closing::Cut));
    field.lay(2, closed(Way::Out, Closing::Reset));
    field.undo(1).unwrap();
    field.undo(2).unwrap();
    let news = world.news();
    let (gone, back): (Vec<_>, Vec<_>) =
        news.iter().partition(|it| it.len() > "clients Out 2".len());
    assert_eq!(
        gone,
        ["clients In 2 held", "clients In 2 cut held", "clients Out 2 reset", "clients In 2 cut"]
    );
    assert_eq!(back, ["clients In 2", "clients Out 2"]);
}

#[test]
fn a_world_is_told_the_sum_of_what_lies_on_a_link() {
    let (world, field) = field();
    let delay = Some(Delay::uniform_ms(1, 2));
    let change = LinkChange { delay, ..LinkChange::default() };
    field.lay(1, closed(Closing::Hold));
    field.lay(2, closed(Closing::Reset));
    field.lay(2, Effect::Link { from: 0, to: 1, change });
    field.undo(1).unwrap();
    field.lay(3, closed(Closing::Cut));
    assert_eq!(
        world.news(),
        [
            "link 0 1 held, 0 changes",
            "link 0 1 held reset, 0 changes",
            "link 0 1 held reset, 1 changes",
            "link 0 1 reset, 1 changes",
            "link 0 1 cut reset, 1 changes",
        ]
    );
    assert_eq!(field.effects().iter().map(|(key, _)| *key).collect::<Vec<_>>(), [2, 2, 3]);
    field.heal().unwrap();
    assert_eq!(world.news().last().unwrap(), "link 0 1, 0 changes");
    assert!(field.effects().is_empty());
}

#[test]
fn disks_are_as_slow_as_the_slowest_and_servers_down_while_anything_keeps_them() {
    let (world, field) = field();
    let ms = |min, max| (Duration::from_millis(min), Duration::from_millis(max));
    field.lay(1, Effect::SlowDisk { server: 2, sync: ms(1, 20) });
    field.lay(2, Effect::SlowDisk { server: 2, sync: ms(5, 10) });
    assert_eq!(world.news().last().unwrap(), "disk 2 full false sync (5ms, 20ms)");
    let down = Effect::Down { server: 2, unsynced: Unsynced::Lost };
    field.lay(3, down.clone());
    field.lay(4, down);
    field.undo(3).unwrap();
    assert_eq!(world.news(), ["crash 2 Lost"], "it is kept down");
    field.lay(5, Effect::Pause { server: 2 });
    world.news();
    field.undo(4).unwrap();
    assert_eq!(world.news(), ["boot 2", "node 2 paused true"], "it starts as it was told to be");
}

fn step(on: Option<Event>, target: Target, fault: FaultSpec) -> Step {
    Step { id: 1, at_ms: 5, on, of: None, nth: 1, then_ms: 0, target, for_ms: 10, times: 1, fault }
}

/// What a world is told when that step runs; `meanwhile` happens after seven milliseconds.
fn told(step: Step, meanwhile: impl FnOnce(&Told, &Senses) + Send + 'static) -> Vec<String> {
    let finished = Simulation::new(1).run(async move {
        let (world, field) = field();
        let senses = Senses::default();
        // Steps count from the start of the nemesis.
        runtime::sleep(Duration::from_millis(100)).await;
        let nemesis = Nemesis::start(&[step], &field, &senses);
        runtime::sleep(Duration::from_millis(7)).await;
        meanwhile(&world, &senses);
        runtime::sleep(Duration::from_millis(50)).await;
        nemesis.stop();
        world.news()
    });
    finished.result.unwrap()
}

#[test]
fn a_step_acts_on_any_world() {
    let pause = FaultSpec::Pause(faults::Pause {});
    let expected =
        ["node 1 paused true", "pause [1] begins", "node 1 paused false", "pause [1] ends"];
    assert_eq!(told(step(None, Target::Leader, pause.clone()), |_, _| ()), expected);
    let on_crash = step(Some(Event::Crash), Target::Cause, pause);
    let reacted = told(on_crash.clone(), |_, senses| senses.tell(2, Event::Crash));
    assert_eq!(reacted[1], "pause [2] begins");
    assert!(told(on_crash, |_, senses| senses.tell(2, Event::Restart)).is_empty(), "it waits");
}

#[test]
fn a_step_of_one_server_waits_for_what_that_one_does() {
    let pause = FaultSpec::Pause(faults::Pause {});
    let of = |server| Step {
        of: Some(server),
        ..step(Some(Event::Crash), Target::Cause, pause.clone())
    };
    let server_2_crashes = |_: &Told, senses: &Senses| senses.tell(2, Event::Crash);
    assert!(told(of(1), server_2_crashes).is_empty(), "it was another server");
    assert_eq!(told(of(2), server_2_crashes)[1], "pause [2] begins");
    assert_eq!(told(of(9), server_2_crashes)[1], "pause [2] begins", "there is no server 9");
}

/// As it does for servers that are processes.
#[test]
fn a_step_acts_on_the_real_clock_too() {
    let on_tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let news = on_tokio.block_on(async {
        let (world, field) = field();
        let pause = FaultSpec::Pause(faults::Pause {});
        let steps = [step(None, Target::Leader, pause)];
        let nemesis = Nemesis::start(&steps, &field, &Senses::default());
        while world.log.lock().len() < 4 {
            runtime::sleep(Duration::from_millis(1)).await;
        }
        nemesis.stop();
        world.news()
    });
    assert_eq!(news.last().unwrap(), "pause [1] ends");
}

#[test]
fn a_world_that_can_not_do_it_ends_the_run() {
    let jump = FaultSpec::ClockJump(faults::ClockJump { ms: 5 });
    let news = told(step(None, Target::Leader, jump), |_, _| ());
    assert_eq!(news, ["clock-jump [1] begins", "server 1 has no clock of its own"]);
}

#[test]
fn a_trap_that_springs_keeps_its_server_down_for_a_while() {
    let trap = || {
        let (point, unsynced) = (Point::AfterSync, Unsynced::Kept);
        let fault = faults::CrashAt { point, nth: 3, unsynced, down_ms: 20 };
        step(None, Target::Leader, FaultSpec::CrashAt(fault))
    };
    let sprung = told(trap(), |world, _| {
        let traps = world.traps();
        assert!(
            traps.take(0, Point::AfterSync).is_none() && traps.take(1, Point::AfterWrite).is_none()
        );
        let trap = traps.take(1, Point::AfterSync).expect("it was set");
        world.running.lock()[1] = false;
        traps.sprung(trap);
    });
    let expected = ["traps 1 [AfterSync]", "crash-at [1] begins", "crash-at [1] ends", "boot 1"];
    let sprung: Vec<&String> = sprung.iter().filter(|it| !it.starts_with("node")).collect();
    assert_eq!(sprung, expected);
    let counted = told(trap(), |world, _| {
        let traps = world.traps();
        let reached = |_| traps.reached(1, Point::AfterSync).is_some();
        assert_eq!((0..4).map(reached).collect::<Vec<_>>(), [false, false, true, false]);
    });
    assert_eq!(counted.len(), 3, "who does not say that it has sprung starts nobody: {counted:?}");
    let unsprung = told(trap(), |_, _| ());
    assert_eq!(unsprung.last().unwrap(), "crash-at [1] ends");
    assert!(unsprung.contains(&"traps 1 []".to_owned()), "{unsprung:?}");
}
