//! Inputs and results as they travel: text, JSON text or bytes; and what Rust types they become.

use crate::error::Error;
use crate::json::{quote, Json};
use std::ops::{Deref, DerefMut};

/// An input or a result. JSON stays the text that it is until somebody wants a value.
#[derive(Clone, Debug, PartialEq)]
pub struct AlgoIo {
    pub(crate) data: AlgoData,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AlgoData {
    Text(String),
    Json(String),
    Binary(Vec<u8>),
}

/// Makes an argument of `apply` from an input.
pub trait FromIo: Sized {
    fn from_io(input: AlgoIo) -> Result<Self, Error>;
}

/// Makes a result from what `apply` returned.
pub trait IntoIo {
    fn into_io(self) -> Result<AlgoIo, Error>;
}

impl AlgoIo {
    pub fn text(text: impl Into<String>) -> AlgoIo {
        AlgoIo { data: AlgoData::Text(text.into()) }
    }

    pub fn bytes(bytes: impl Into<Vec<u8>>) -> AlgoIo {
        AlgoIo { data: AlgoData::Binary(bytes.into()) }
    }

    /// JSON that is written already; a string is text like any other. Half a surrogate pair stays JSON.
    pub fn json(json: impl Into<String>) -> AlgoIo {
        let json = json.into();
        let is_text = json.trim_start().starts_with('"') && !has_lone_surrogate(&json);
        match is_text.then(|| Json::parse(&json)) {
            Some(Ok(Json::String(text))) => AlgoIo::text(text),
            _ => AlgoIo { data: AlgoData::Json(json) },
        }
    }

    pub fn as_string(&self) -> Option<&str> {
        match &self.data {
            AlgoData::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.data {
            AlgoData::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// JSON text; none for bytes.
    pub fn to_json(&self) -> Option<String> {
        match &self.data {
            AlgoData::Text(text) => Some(quote(text)),
            AlgoData::Json(json) => Some(json.clone()),
            AlgoData::Binary(_) => None,
        }
    }

    /// The value as a type of the caller's.
    pub fn decode<T: FromIo>(self) -> Result<T, Error> {
        T::from_io(self)
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self.data {
            AlgoData::Text(_) => "text",
            AlgoData::Json(_) => "JSON",
            AlgoData::Binary(_) => "binary",
        }
    }
}

/// Half a surrogate pair that is written as an escape.
fn has_lone_surrogate(json: &str) -> bool {
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let escape = &rest[at..];
        let unit = |text: &str| text.strip_prefix("\\u").and_then(|hex| u32::from_str_radix(hex.get(..4)?, 16).ok());
        rest = match unit(escape) {
            Some(0xd800..=0xdbff) => match unit(&escape[6..]) {
                Some(0xdc00..=0xdfff) => &escape[12..],
                _ => return true,
            },
            Some(0xdc00..=0xdfff) => return true,
            Some(_) => &escape[6..],
            None => escape.get(2..).unwrap_or(""),
        };
    }
    false
}

/// Bytes, for types that say so themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByteVec(pub Vec<u8>);

impl From<Vec<u8>> for ByteVec {
    fn from(bytes: Vec<u8>) -> ByteVec {
        ByteVec(bytes)
    }
}

impl From<ByteVec> for Vec<u8> {
    fn from(bytes: ByteVec) -> Vec<u8> {
        bytes.0
    }
}

impl Deref for ByteVec {
    type Target = Vec<u8>;
    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for ByteVec {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl AsRef<[u8]> for ByteVec {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl FromIo for AlgoIo {
    fn from_io(input: AlgoIo) -> Result<Self, Error> {
        Ok(input)
    }
}

impl IntoIo for AlgoIo {
    fn into_io(self) -> Result<AlgoIo, Error> {
        Ok(self)
    }
}

impl FromIo for ByteVec {
    fn from_io(input: AlgoIo) -> Result<Self, Error> {
        match input.data {
            AlgoData::Binary(bytes) => Ok(ByteVec(bytes)),
            _ => Err(Error::unsupported_input(input.kind())),
        }
    }
}

impl IntoIo for ByteVec {
    fn into_io(self) -> Result<AlgoIo, Error> {
        Ok(AlgoIo::bytes(self.0))
    }
}

/// What both JSON types can do.
pub(crate) trait ParseText: Sized {
    fn parse_text(json: &str) -> Result<Self, Error>;
}

impl ParseText for Json {
    fn parse_text(json: &str) -> Result<Self, Error> {
        Json::parse(json).map_err(|problem| Error::new(problem).with_type("ParsingError"))
    }
}
