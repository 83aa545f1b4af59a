//! Conversions of algorithms that use serde: everything that can be deserialized is an input, everything that can be
//! serialized a result. `String` is text and `Vec<u8>` is bytes; the rest is JSON as `serde_json` writes it.

use crate::algo_io::{AlgoData, AlgoIo, FromIo, IntoIo, ParseText};
use crate::error::Error;
#[cfg(not(feature = "serde-0-9"))]
use serde::de::DeserializeOwned;
#[cfg(feature = "serde-0-9")]
use serde::Deserialize as DeserializeOwned;
use serde::Serialize;
use serde_json::Value;
use std::any::Any;

impl<T: DeserializeOwned + 'static> FromIo for T {
    fn from_io(input: AlgoIo) -> Result<T, Error> {
        let decoded = match input.data {
            AlgoData::Text(text) => match given(text) {
                Ok(text) => return Ok(text),
                Err(text) => serde_json::from_value(Value::String(text)),
            },
            AlgoData::Json(json) => serde_json::from_str(&json),
            AlgoData::Binary(bytes) => return given(bytes).map_err(|_| Error::unsupported_input("binary")),
        };
        decoded.map_err(|error| {
            Error::new(format!("failed to parse input as JSON into the expected type: {error}")).with_type("InputError")
        })
    }
}

impl<T: Serialize + 'static> IntoIo for T {
    fn into_io(self) -> Result<AlgoIo, Error> {
        let rest = match given::<T, String>(self) {
            Ok(text) => return Ok(AlgoIo::text(text)),
            Err(rest) => rest,
        };
        let rest = match given::<T, Vec<u8>>(rest) {
            Ok(bytes) => return Ok(AlgoIo::bytes(bytes)),
            Err(rest) => rest,
        };
        written(&rest)
    }
}

pub(crate) fn written(value: &impl Serialize) -> Result<AlgoIo, Error> {
    serde_json::to_string(value)
        .map(AlgoIo::json)
        .map_err(|error| Error::new(format!("result is not JSON serializable: {error}")))
}

/// `value` as a `B`, where that is what it is.
fn given<A: 'static, B: 'static>(value: A) -> Result<B, A> {
    let mut slot = Some(value);
    let same = (&mut slot as &mut dyn Any).downcast_mut::<Option<B>>().and_then(Option::take);
    match (same, slot) {
        (Some(same), _) => Ok(same),
        (None, Some(value)) => Err(value),
        (None, None) => unreachable!("it is taken as a B only"),
    }
}

#[cfg(not(feature = "legacy"))]
impl<T: Serialize> From<T> for AlgoIo {
    /// # Panics
    /// When the value cannot be written as JSON.
    fn from(value: T) -> AlgoIo {
        written(&value).unwrap_or_else(|error| panic!("{error}"))
    }
}

#[cfg(not(feature = "legacy"))]
impl From<crate::algo::ByteVec> for AlgoIo {
    fn from(bytes: crate::algo::ByteVec) -> AlgoIo {
        AlgoIo::bytes(bytes.0)
    }
}

impl ParseText for Value {
    fn parse_text(json: &str) -> Result<Value, Error> {
        serde_json::from_str(json).map_err(|error| Error::new(error.to_string()).with_type("ParsingError"))
    }
}
