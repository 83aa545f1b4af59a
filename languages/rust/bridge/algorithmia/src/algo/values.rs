//! Inputs and results as versions 1 and 2 show them to algorithms.

use crate::algo_io::{AlgoData, AlgoIo, IntoIo, ParseText};
use crate::error::Error;
use crate::JsonValue;
use std::borrow::Cow;

#[derive(Clone, Debug)]
pub enum AlgoInput<'a> {
    Text(Cow<'a, str>),
    Json(Cow<'a, JsonValue>),
    Binary(Cow<'a, [u8]>),
}

#[derive(Clone, Debug)]
pub enum AlgoOutput {
    Text(String),
    Json(JsonValue),
    Binary(Vec<u8>),
}

impl AlgoInput<'_> {
    /// Text, or JSON that is a string.
    pub fn as_string(&self) -> Option<&str> {
        match self {
            AlgoInput::Text(text) => Some(text),
            AlgoInput::Json(json) => json.as_str(),
            AlgoInput::Binary(_) => None,
        }
    }

    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            AlgoInput::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub fn as_json(&self) -> Option<Cow<'_, JsonValue>> {
        match self {
            AlgoInput::Text(text) => Some(Cow::Owned(JsonValue::String(text.to_string()))),
            AlgoInput::Json(json) => Some(Cow::Borrowed(json)),
            AlgoInput::Binary(_) => None,
        }
    }
}

impl TryFrom<AlgoIo> for AlgoInput<'static> {
    type Error = Error;
    fn try_from(input: AlgoIo) -> Result<Self, Self::Error> {
        Ok(match input.data {
            AlgoData::Text(text) => AlgoInput::Text(text.into()),
            AlgoData::Json(json) => AlgoInput::Json(Cow::Owned(JsonValue::parse_text(&json)?)),
            AlgoData::Binary(bytes) => AlgoInput::Binary(bytes.into()),
        })
    }
}

impl From<AlgoInput<'_>> for AlgoIo {
    fn from(input: AlgoInput<'_>) -> AlgoIo {
        match input {
            AlgoInput::Text(text) => AlgoIo::text(text),
            AlgoInput::Json(json) => AlgoIo::json(json.to_string()),
            AlgoInput::Binary(bytes) => AlgoIo::bytes(bytes),
        }
    }
}

impl IntoIo for AlgoOutput {
    fn into_io(self) -> Result<AlgoIo, Error> {
        Ok(match self {
            AlgoOutput::Text(text) => AlgoIo::text(text),
            AlgoOutput::Json(json) => return json.into_io(),
            AlgoOutput::Binary(bytes) => AlgoIo::bytes(bytes),
        })
    }
}

impl From<()> for AlgoOutput {
    fn from((): ()) -> AlgoOutput {
        AlgoOutput::Json(JsonValue::Null)
    }
}

impl From<String> for AlgoOutput {
    fn from(text: String) -> AlgoOutput {
        AlgoOutput::Text(text)
    }
}

impl From<&str> for AlgoOutput {
    fn from(text: &str) -> AlgoOutput {
        AlgoOutput::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for AlgoOutput {
    fn from(bytes: Vec<u8>) -> AlgoOutput {
        AlgoOutput::Binary(bytes)
    }
}

impl From<&[u8]> for AlgoOutput {
    fn from(bytes: &[u8]) -> AlgoOutput {
        AlgoOutput::Binary(bytes.to_owned())
    }
}

impl From<JsonValue> for AlgoOutput {
    fn from(value: JsonValue) -> AlgoOutput {
        AlgoOutput::Json(value)
    }
}

#[cfg(feature = "with-serde")]
impl<T: serde::Serialize> From<Box<T>> for AlgoOutput {
    /// # Panics
    /// When the value cannot be written as JSON.
    fn from(value: Box<T>) -> AlgoOutput {
        AlgoOutput::from(&*value)
    }
}

#[cfg(feature = "with-serde")]
impl<T: serde::Serialize> From<&T> for AlgoOutput {
    /// # Panics
    /// When the value cannot be written as JSON.
    fn from(value: &T) -> AlgoOutput {
        AlgoOutput::Json(serde_json::to_value(value).unwrap_or_else(|error| panic!("{error}")))
    }
}
