//! `labtest draw`.

use super::CommandError;
use super::args::DrawArgs;
use crate::exit_code;
use crate::select::select;
use harness::nemesis::UnknownFault;
use harness::{FaultFilter, Implementation, RunOptions, Runnable, Scenario, all_tests};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// How long a live scenario goes on by default, as in a live run.
const LENGTH: Duration = Duration::from_secs(60);

/// The scenario of a seed, as TOML.
pub(super) fn draw(
    args: &DrawArgs,
    implementation: &Arc<dyn Implementation>,
    output: &mut dyn Write,
) -> Result<u8, CommandError> {
    let scenario = match &args.test {
        Some(test) => of_exploration(test, args, &**implementation)?,
        None => {
            let filter = faults(args, FaultFilter::parse_live, FaultFilter::live)?;
            let length_ms = args.time_limit.unwrap_or(LENGTH).as_millis();
            let length_ms = u64::try_from(length_ms).unwrap_or(u64::MAX);
            let servers = args.servers.unwrap_or_else(|| Scenario::draw_live_servers(args.seed));
            Scenario::draw_live(args.seed, servers, length_ms, &filter)
        }
    };
    let text = scenario.to_toml().map_err(|error| CommandError::Software(error.to_string()))?;
    if args.live {
        // Such as a length beyond what a scenario can have.
        Scenario::from_toml_for_live(&text, "the scenario")
            .map_err(|error| CommandError::Usage(error.message))?;
    }
    output.write_all(text.as_bytes())?;
    Ok(exit_code::PASSED)
}

/// What `run` makes of that seed.
fn of_exploration(
    name: &str,
    args: &DrawArgs,
    implementation: &dyn Implementation,
) -> Result<Scenario, CommandError> {
    let tests = select(all_tests(), &[name.to_owned()])
        .map_err(|error| CommandError::Usage(error.to_string()))?;
    let [test] = tests.as_slice() else {
        let names: Vec<&str> = tests.iter().map(|test| test.name).collect();
        let message = format!("`{name}` matches several tests, name one: {}", names.join(", "));
        return Err(CommandError::Usage(message));
    };
    let faults = faults(args, FaultFilter::parse, FaultFilter::all)?;
    let options = RunOptions { faults, ..RunOptions::default() };
    Runnable::Test(test).subject(args.seed, implementation, &options).scenario.ok_or_else(|| {
        let message = format!("{} draws nothing: only explorations do", test.name);
        CommandError::Usage(message)
    })
}

/// The faults that may be drawn.
fn faults(
    args: &DrawArgs,
    parse: fn(&str) -> Result<FaultFilter, UnknownFault>,
    all: fn() -> FaultFilter,
) -> Result<FaultFilter, CommandError> {
    let Some(list) = &args.nemesis else { return Ok(all()) };
    parse(list).map_err(|error| CommandError::Usage(format!("--nemesis {list}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::OurRaft;

    fn drawn(args: &DrawArgs) -> Result<Scenario, CommandError> {
        let mut output = Vec::new();
        let our_raft: Arc<dyn Implementation> = Arc::new(OurRaft);
        draw(args, &our_raft, &mut output)?;
        let text = String::from_utf8(output).expect("TOML is text");
        Ok(Scenario::from_toml(&text, "it.toml").expect("it can be read again"))
    }

    fn args(test: Option<&str>) -> DrawArgs {
        DrawArgs {
            test: test.map(str::to_owned),
            seed: 17,
            nemesis: None,
            live: test.is_none(),
            servers: None,
            time_limit: None,
        }
    }

    fn complaint(args: &DrawArgs) -> String {
        match drawn(args) {
            Err(CommandError::Usage(message)) => message,
            other => panic!("expected wrong usage, found {other:?}"),
        }
    }

    #[test]
    fn what_is_printed_is_what_the_seed_draws() {
        let exploration = harness::Exploration::Everything;
        let expected = Scenario::draw(exploration, 17, &FaultFilter::all());
        assert_eq!(drawn(&args(Some("explore::everything"))).unwrap(), expected);
        let live =
            Scenario::draw_live(17, Scenario::draw_live_servers(17), 60_000, &FaultFilter::live());
        assert_eq!(drawn(&args(None)).unwrap(), live);
        let kills = DrawArgs { nemesis: Some("kill".into()), servers: Some(3), ..args(None) };
        let filter = FaultFilter::parse_live("kill").unwrap();
        assert_eq!(drawn(&kills).unwrap(), Scenario::draw_live(17, 3, 60_000, &filter));
    }

    #[test]
    fn what_draws_nothing_is_told() {
        assert_eq!(
            complaint(&args(Some("4A::re_election"))),
            "4A::re_election draws nothing: only explorations do"
        );
        assert!(complaint(&args(Some("explore"))).starts_with("`explore` matches several tests"));
        let unknown = DrawArgs { nemesis: Some("loss".into()), ..args(None) };
        assert!(complaint(&unknown).starts_with("--nemesis loss: no fault of live runs is called"));
        let long = DrawArgs { time_limit: Some(Duration::from_secs(7_200)), ..args(None) };
        assert!(complaint(&long).starts_with("`safety_ms` must be"));
    }
}
