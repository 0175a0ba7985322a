//! Models of common objects.

mod append_list;
mod keyed;
mod kv;
mod plain;
mod register;

pub use append_list::{AppendList, AppendListInput, AppendListOutput};
pub use keyed::{Keyed, KeyedInput};
pub use kv::{Kv, KvInput, KvOperation, KvOutput, KvState};
pub use plain::Plain;
pub use register::{Register, RegisterInput, RegisterOutput};
