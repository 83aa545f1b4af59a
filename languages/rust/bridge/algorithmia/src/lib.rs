//! What Rust algorithms build on: the client of the platform, the entry points of all versions of this crate, and the
//! worker that answers calls. Without serde it needs nothing but the standard library; the build turns on what the
//! algorithm's own dependencies ask for (languages/rust/build.py).

mod algo_io;
mod client;
pub mod error;
#[cfg(any(feature = "legacy", not(feature = "with-serde")))]
mod input_types;
#[cfg(not(feature = "with-serde"))]
mod plain_types;
#[cfg(feature = "with-serde")]
mod serde_types;

pub mod algo;
pub mod data;
pub mod handler;
#[doc(hidden)]
pub mod worker;

pub use algorithmia_json as json;
pub use algo_io::{AlgoIo, ByteVec, FromIo, IntoIo};
pub use client::Algorithmia;
pub use error::Error;
pub use json::Json;
pub use worker::{load_and_run, run};

/// The JSON value that algorithms see.
#[cfg(feature = "with-serde")]
pub type JsonValue = serde_json::Value;
/// The JSON value that algorithms see.
#[cfg(not(feature = "with-serde"))]
pub type JsonValue = Json;

/// All that an algorithm usually names.
pub mod prelude {
    pub use crate::algo::{AlgoInput, AlgoIo, AlgoOutput, ByteVec, DecodedEntryPoint, EntryPoint, JsonValue};
    pub use crate::data::HasDataPath;
    pub use crate::{handler, Algorithmia};
    #[cfg(feature = "with-serde")]
    pub use serde_json::Value;
}
