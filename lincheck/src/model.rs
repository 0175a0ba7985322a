//! What a checker has to know about the object under test.

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;

/// A sequential object: what each operation may answer in each state, and what it does to it.
///
/// Two methods are enough. [`init`](Model::init) and [`step`](Model::step) say what is legal;
/// [`partition`](Model::partition) splits a history into objects that can be judged one by one,
/// which is what makes long histories affordable; the others make reports readable and the search
/// quick.
///
/// Methods must be pure: the same arguments give the same result, always.
///
/// ```
/// use lincheck::{check, History, Model, Operation, Step, Verdict};
///
/// /// A counter that answers each increment with the new total.
/// struct Counter;
///
/// impl Model for Counter {
///     type State = u64;
///     type Input = u64; // how much to add
///     type Output = u64; // the total
///
///     fn init(&self) -> u64 {
///         0
///     }
///
///     fn step(&self, total: &u64, add: &u64, answer: Option<&u64>) -> Step<u64> {
///         let next = total + add;
///         match answer {
///             Some(answer) if *answer != next => Step::Illegal,
///             _ => Step::To(next),
///         }
///     }
/// }
///
/// let mut history = History::new();
/// history.push(Operation::new(0, 10, 5).returned(20, 5))?;
/// history.push(Operation::new(1, 15, 1).returned(40, 6))?;
/// history.push(Operation::new(0, 30, 2).unknown())?; // its answer was lost: done or not
/// history.push(Operation::new(2, 50, 1).returned(60, 9))?; // so it was done
/// assert_eq!(check(&Counter, &history).verdict, Verdict::Linearizable);
/// # Ok::<(), lincheck::HistoryError>(())
/// ```
pub trait Model {
    /// The state of one partition of the object.
    type State: Eq + Hash + Debug;
    /// What a client asks for.
    type Input: Eq + Hash + Debug;
    /// What it is answered.
    type Output: Eq + Hash + Debug;

    /// The state before the first operation.
    fn init(&self) -> Self::State;

    /// Does the operation in `state`: may it be answered so, and what is the state then?
    ///
    /// An `output` of `None` says that the answer is not known. It allows whatever some answer
    /// would, and what the operation does to the state must not depend on whether its answer is
    /// known.
    fn step(
        &self,
        state: &Self::State,
        input: &Self::Input,
        output: Option<&Self::Output>,
    ) -> Step<Self::State>;

    /// The name of the part of the object, a key as a rule, that the operation concerns.
    ///
    /// Parts must be independent: linearizability is local, so a history is linearizable if and
    /// only if the history of each part is (Herlihy and Wing 1990, section 3.1; Horn and Kroening
    /// 2015 for operations of one object). By default everything is one part.
    fn partition<'a>(&self, input: &'a Self::Input) -> Cow<'a, str> {
        let _ = input;
        Cow::Borrowed("")
    }

    /// The operation in words, for reports.
    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        match output {
            Some(output) => format!("{input:?} -> {output:?}"),
            None => format!("{input:?} -> ?"),
        }
    }

    /// The state in words, for reports.
    fn describe_state(&self, state: &Self::State) -> String {
        format!("{state:?}")
    }

    /// Whether the operation, answered so, leaves **every** state in which it is legal as it is.
    ///
    /// A read does, and a compare-and-set that was refused; a write does not, even where it writes
    /// what is there already. The search takes such operations without trying the alternatives, so
    /// `true` for an operation that can change the state gives wrong verdicts, while `false` for a
    /// read only costs time.
    fn is_read_only(&self, input: &Self::Input, output: Option<&Self::Output>) -> bool {
        let _ = (input, output);
        false
    }

    /// Whether `call`, which is about to return, could still be legal after some of `others`, in
    /// any order and number, were done from `state`.
    ///
    /// A way out for the search: a read that waits for a value which no pending operation writes
    /// makes all further attempts vain. `true` is always right; `false` where the call could be
    /// legal after all gives wrong verdicts.
    fn can_become_legal<'a>(
        &self,
        state: &Self::State,
        call: Call<'a, Self>,
        others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        let _ = (state, call, others);
        true
    }

    /// What `other` has to do with the answer to `call`. Only reports ask, to say why an operation fits
    /// nowhere.
    fn bearing(&self, call: Call<'_, Self>, other: Call<'_, Self>) -> Bearing {
        let _ = (call, other);
        Bearing::Unclear
    }

    /// [`step`](Model::step) in place: false, and `state` as it was, if the operation is illegal.
    ///
    /// Only worth writing where a step copies a large state; orders of application are checked
    /// with it.
    fn advance(
        &self,
        state: &mut Self::State,
        input: &Self::Input,
        output: Option<&Self::Output>,
    ) -> bool {
        match self.step(state, input, output) {
            Step::Illegal => return false,
            Step::Same => {}
            Step::To(next) => *state = next,
        }
        true
    }
}

/// What a step gives, see [`Model::step`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<S> {
    /// The operation cannot be answered so in this state.
    Illegal,
    /// It can, and changes nothing.
    Same,
    /// It can, and this is the state afterwards.
    To(S),
}

/// What one operation has to do with the answer to another, see [`Model::bearing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearing {
    /// It writes what was read: before one of these took effect the answer is wrong, unless it is right at
    /// the very beginning.
    Gives,
    /// It writes something else: just after it the answer is certainly wrong, until another one gives it.
    Takes,
    /// It does neither.
    None,
    /// The model does not say.
    Unclear,
}

/// An operation as models see it.
#[derive(Debug)]
pub struct Call<'a, M: Model + ?Sized> {
    /// What was asked.
    pub input: &'a M::Input,
    /// What was answered, if that is known.
    pub output: Option<&'a M::Output>,
}

// By hand: derived, they would ask that the model be `Copy`.
impl<M: Model + ?Sized> Clone for Call<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Model + ?Sized> Copy for Call<'_, M> {}
