//! `acquire`, `release`.

use super::{Read, is_done, unknown_f};
use crate::datum::Datum;
use crate::line::{Line, LineProblem};
use crate::models::{Keyed, KeyedInput, Lock, LockInput, LockOutput};

const F: &str = "\"f\" to be \"acquire\" or \"release\"";

impl Read for Keyed<Lock<Datum>> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        let f = match input.input {
            LockInput::Acquire(_) => "acquire",
            LockInput::Release(_) => "release",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        let holder = Datum::from(line.value());
        let input = match line.f.as_str() {
            "acquire" => LockInput::Acquire(holder),
            "release" => LockInput::Release(holder),
            _ => return unknown_f(F, line),
        };
        Ok(KeyedInput { key: line.key().to_owned(), input })
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        Ok(if is_done(line) { LockOutput::Done } else { LockOutput::Refused })
    }
}
