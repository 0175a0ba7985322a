//! `labtest replay --inputs-of`: one server's side of a run, for its program alone.

use super::CommandError;
use super::args::ReplayArgs;
use super::how::read;
use crate::exit_code;
use crate::numbers::plural;
use exec::Transcript;
use harness::run_one;
use std::io::Write;

/// Runs a seed, and prints what one server's program was given, or compares that with what it wrote since.
pub(super) fn inputs(
    args: &ReplayArgs,
    command: &str,
    server: usize,
    output: &mut dyn Write,
) -> Result<u8, CommandError> {
    let transcript = Transcript::of(server);
    let implementation = args.how.program(command, Some(transcript.clone()))?;
    let test = args.how.only_test(args.test.as_deref())?;
    let options = args.how.options(&[test], &*implementation, &[args.seed], false)?;
    run_one(&test, args.seed, &implementation, &options);
    if transcript.lives() == 0 {
        return Err(CommandError::Usage(format!(
            "--inputs-of: there is no server {server} in this run"
        )));
    }
    let Some(file) = &args.expect else {
        transcript.inputs().iter().try_for_each(|line| writeln!(output, "{line}"))?;
        return Ok(exit_code::PASSED);
    };
    let text = read(file)?;
    // What a program says about itself was not part of the run.
    let is_hello = |line: &&str| line.contains(r#""hello""#);
    let alone = text.text.lines().skip_while(is_hello);
    compare(&transcript.outputs(), alone, &text.name, output)
}

fn compare<'a>(
    in_run: &[String],
    alone: impl Iterator<Item = &'a str>,
    file: &str,
    output: &mut dyn Write,
) -> Result<u8, CommandError> {
    let alone: Vec<&str> = alone.collect();
    let same = in_run.iter().zip(&alone).take_while(|(one, other)| one == *other).count();
    if same == in_run.len() && same == alone.len() {
        writeln!(output, "the same as in the run: {}", plural(same as u64, "line"))?;
        return Ok(exit_code::PASSED);
    }
    let nothing = "nothing";
    writeln!(output, "line {} of {file}, after the hello, differs from the run:", same + 1)?;
    writeln!(output, "  in the run: {}", in_run.get(same).map_or(nothing, String::as_str))?;
    writeln!(output, "  alone:      {}", alone.get(same).copied().unwrap_or(nothing))?;
    Ok(exit_code::FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(in_run: &[&str], alone: &[&str]) -> (u8, String) {
        let in_run: Vec<String> = in_run.iter().map(|line| (*line).to_owned()).collect();
        let mut output = Vec::new();
        let code = compare(&in_run, alone.iter().copied(), "out.jsonl", &mut output).unwrap();
        (code, String::from_utf8(output).unwrap())
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        let (code, text) = told(&["a", "b"], &["a", "c"]);
        assert_eq!(code, exit_code::FAILED);
        assert!(text.starts_with("line 2 of out.jsonl"), "{text}");
        assert!(text.contains("in the run: b\n  alone:      c\n"), "{text}");
        assert!(told(&["a", "b"], &["a"]).1.contains("alone:      nothing"));
    }

    #[test]
    fn lines_that_are_the_same_are_counted() {
        let same = (exit_code::PASSED, "the same as in the run: 2 lines\n".to_owned());
        assert_eq!(told(&["a", "b"], &["a", "b"]), same);
    }
}
