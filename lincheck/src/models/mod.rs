//! Models of common objects.

mod append_list;
mod bag;
mod bank;
mod counter;
mod keyed;
mod kv;
mod lock;
mod multi_register;
mod plain;
mod queue;
mod register;
mod set;

pub use append_list::{AppendList, AppendListInput, AppendListOutput};
pub use bag::Bag;
pub use bank::{Bank, BankInput, BankOutput};
pub use counter::{Counter, CounterInput, CounterOutput};
pub use keyed::{Keyed, KeyedInput};
pub use kv::{Kv, KvInput, KvOperation, KvOutput, KvState};
pub use lock::{Lock, LockInput, LockOutput};
pub use multi_register::{MicroOperation, MultiRegister};
pub use plain::Plain;
pub use queue::{Queue, QueueInput, QueueOutput};
pub use register::{Register, RegisterInput, RegisterOutput};
pub use set::{Set, SetInput, SetOutput};
