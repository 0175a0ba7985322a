use super::*;
use std::rc::Rc;

/// Answers each operation after a time; all but the first of them after another one.
#[derive(Clone, Default)]
struct Slow {
    first: Duration,
    others: Duration,
    asked: Rc<Cell<u64>>,
    sizes: Rc<RefCell<Vec<usize>>>,
}

impl Target for Slow {
    type Connection = Slow;

    async fn connect(&self, _: usize) -> io::Result<Slow> {
        Ok(self.clone())
    }
}

impl Connection for Slow {
    async fn send(
        &mut self,
        operations: &[Operation],
        answers: &mut Vec<Answer>,
    ) -> io::Result<()> {
        let is_first = self.asked.replace(self.asked.get() + 1) == 0;
        self.sizes.borrow_mut().push(operations.len());
        runtime::sleep(if is_first { self.first } else { self.others }).await;
        let at = runtime::true_now();
        let answer = |place| Answer { place, at, outcome: Outcome::Done };
        answers.extend((0..operations.len()).map(answer));
        Ok(())
    }
}

/// On the virtual clock.
fn simulated(target: &Slow, load: Load) -> Figures {
    let target = target.clone();
    let run = async move { run(&target, &load, false, std::future::pending()).await };
    runtime::Simulation::new(1).run(run).result.unwrap().unwrap()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn in_a_closed_loop_a_stall_is_one_slow_operation() {
    let target = Slow { first: ms(500), others: ms(1), ..Slow::default() };
    let load = Load { clients: 1, time_limit_ms: Some(1000), ..Load::default() };
    let figures = simulated(&target, load);
    assert_eq!(figures.writes.count(), 501);
    assert_eq!((figures.writes.quantile_us(0.99) / 100, figures.unsent), (10, 0));
    assert_eq!(figures.elapsed, ms(1000));
}

#[test]
fn at_a_rate_a_stall_counts_for_all_that_fell_due_in_it() {
    let target = Slow { first: ms(500), others: ms(1), ..Slow::default() };
    let load = Load { clients: 1, rate: Some(100), time_limit_ms: Some(1000), ..Load::default() };
    let figures = simulated(&target, load);
    assert_eq!((figures.writes.count(), figures.unsent), (100, 0));
    // Fifty fell due while the first one was waited for.
    assert!(figures.writes.quantile_us(0.7) > 100_000, "{:?}", figures.writes);
    assert!(figures.writes.quantile_us(0.3) < 2_000, "{:?}", figures.writes);
    assert_eq!(figures.late.max_us(), 0);
}

#[test]
fn at_a_rate_that_is_too_high_what_was_never_sent_is_told() {
    let target = Slow { first: ms(10), others: ms(10), ..Slow::default() };
    let load = Load { clients: 2, rate: Some(1000), time_limit_ms: Some(1000), ..Load::default() };
    let figures = simulated(&target, load);
    assert_eq!(figures.writes.count(), 200);
    assert_eq!(figures.unsent, 800);
}

#[test]
fn a_client_sends_together_what_is_due() {
    let target = Slow { first: ms(100), others: ms(1), ..Slow::default() };
    let load = Load {
        clients: 1,
        rate: Some(100),
        pipeline: 8,
        time_limit_ms: Some(150),
        ..Load::default()
    };
    simulated(&target, load);
    assert_eq!(*target.sizes.borrow(), [1, 8, 2, 1, 1, 1, 1]);
}

#[test]
fn what_falls_due_while_it_warms_up_does_not_count() {
    let target = Slow { first: ms(10), others: ms(10), ..Slow::default() };
    let load = Load { clients: 1, warm_up_ms: 500, time_limit_ms: Some(1000), ..Load::default() };
    let figures = simulated(&target, load);
    assert_eq!((figures.writes.count(), figures.elapsed), (100, ms(1000)));
}

#[test]
fn what_takes_too_long_is_told_and_no_time_of_work() {
    let target = Slow { first: ms(1), others: ms(100_000), ..Slow::default() };
    let load = Load { clients: 1, timeout_ms: 2000, time_limit_ms: Some(1000), ..Load::default() };
    let figures = simulated(&target, load);
    assert_eq!((figures.writes.count(), figures.errors["timed out"]), (1, 1));
    assert_eq!(figures.elapsed, ms(1000));
}
