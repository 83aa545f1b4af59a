//! Conversions of algorithms that do without serde: texts, bytes, numbers, lists of them, and [`Json`].

use crate::algo_io::{AlgoData, AlgoIo, FromIo, IntoIo, ParseText};
use crate::error::Error;
use crate::json::Json;

fn wrong(input: &AlgoIo, expected: &str) -> Error {
    Error::new(format!("expected {expected}, got {} input", input.kind())).with_type("InputError")
}

fn value_of(input: &AlgoIo, expected: &str) -> Result<Json, Error> {
    match &input.data {
        AlgoData::Json(json) => Json::parse_text(json),
        AlgoData::Text(text) => Ok(Json::String(text.clone())),
        AlgoData::Binary(_) => Err(wrong(input, expected)),
    }
}

impl FromIo for String {
    fn from_io(input: AlgoIo) -> Result<Self, Error> {
        match input.data {
            AlgoData::Text(text) => Ok(text),
            _ => Err(wrong(&input, "text")),
        }
    }
}

impl FromIo for Vec<u8> {
    fn from_io(input: AlgoIo) -> Result<Self, Error> {
        match input.data {
            AlgoData::Binary(bytes) => Ok(bytes),
            _ => Err(wrong(&input, "bytes")),
        }
    }
}

impl FromIo for Json {
    fn from_io(input: AlgoIo) -> Result<Self, Error> {
        value_of(&input, "JSON")
    }
}

impl IntoIo for Vec<u8> {
    fn into_io(self) -> Result<AlgoIo, Error> {
        Ok(AlgoIo::bytes(self))
    }
}

impl IntoIo for () {
    fn into_io(self) -> Result<AlgoIo, Error> {
        Ok(AlgoIo::json("null"))
    }
}

impl IntoIo for String {
    fn into_io(self) -> Result<AlgoIo, Error> {
        Ok(AlgoIo::text(self))
    }
}

impl IntoIo for &str {
    fn into_io(self) -> Result<AlgoIo, Error> {
        Ok(AlgoIo::text(self))
    }
}

impl IntoIo for Json {
    fn into_io(self) -> Result<AlgoIo, Error> {
        match (self.find_unwritable(), self) {
            (Some(place), _) => Err(Error::new(format!(
                "result contains NaN or Infinity, which JSON cannot carry (at result{place})"
            ))),
            (None, Json::String(text)) => Ok(AlgoIo::text(text)),
            (None, value) => Ok(AlgoIo { data: AlgoData::Json(value.to_string()) }),
        }
    }
}

impl<T: Into<Json>> IntoIo for Option<T> {
    fn into_io(self) -> Result<AlgoIo, Error> {
        Json::from(self).into_io()
    }
}

macro_rules! simple {
    ($($kind:ty: $expected:literal, $read:expr;)*) => { $(
        impl FromIo for $kind {
            fn from_io(input: AlgoIo) -> Result<Self, Error> {
                let read: fn(&Json) -> Option<$kind> = $read;
                let value = value_of(&input, $expected)?;
                read(&value).ok_or_else(|| {
                    let shown: String = value.to_string().chars().take(80).collect();
                    Error::new(format!("expected {}, got {shown}", $expected)).with_type("InputError")
                })
            }
        }
        impl IntoIo for $kind {
            fn into_io(self) -> Result<AlgoIo, Error> {
                Json::from(self).into_io()
            }
        }
    )* };
}

simple! {
    bool: "true or false", Json::as_bool;
    f64: "a number", Json::as_f64;
    i64: "a whole number", Json::as_i64;
    u64: "a whole number", Json::as_u64;
    i32: "a whole number", |value| value.as_i64()?.try_into().ok();
    u32: "a whole number", |value| value.as_u64()?.try_into().ok();
    usize: "a whole number", |value| value.as_u64()?.try_into().ok();
    Vec<f64>: "a list of numbers", |value| value.as_array()?.iter().map(Json::as_f64).collect();
    Vec<i64>: "a list of whole numbers", |value| value.as_array()?.iter().map(Json::as_i64).collect();
    Vec<Json>: "a list", |value| Some(value.as_array()?.to_vec());
    Vec<String>: "a list of texts",
        |value| value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect();
}
