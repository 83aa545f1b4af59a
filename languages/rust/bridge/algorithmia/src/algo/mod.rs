//! Algorithms: calling them, and the types that being one takes.

mod entry_point;
mod values;

pub use crate::algo_io::{AlgoIo, ByteVec};
pub use crate::client::algorithm::{AlgoMetadata, AlgoOptions, AlgoResponse, AlgoUri, Algorithm};
pub use crate::JsonValue;
pub use entry_point::{DecodedEntryPoint, EntryPoint};
pub use values::{AlgoInput, AlgoOutput};
