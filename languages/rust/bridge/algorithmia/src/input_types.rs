//! What `pipe` takes where no conversion of serde does: texts, bytes and JSON values.

use crate::algo_io::AlgoIo;
use crate::JsonValue;

impl From<&str> for AlgoIo {
    fn from(text: &str) -> AlgoIo {
        AlgoIo::text(text)
    }
}

impl From<&String> for AlgoIo {
    fn from(text: &String) -> AlgoIo {
        AlgoIo::text(text.as_str())
    }
}

impl From<String> for AlgoIo {
    fn from(text: String) -> AlgoIo {
        AlgoIo::text(text)
    }
}

impl From<&[u8]> for AlgoIo {
    fn from(bytes: &[u8]) -> AlgoIo {
        AlgoIo::bytes(bytes)
    }
}

impl From<Vec<u8>> for AlgoIo {
    fn from(bytes: Vec<u8>) -> AlgoIo {
        AlgoIo::bytes(bytes)
    }
}

impl From<JsonValue> for AlgoIo {
    fn from(value: JsonValue) -> AlgoIo {
        AlgoIo::json(value.to_string())
    }
}

impl From<&JsonValue> for AlgoIo {
    fn from(value: &JsonValue) -> AlgoIo {
        AlgoIo::json(value.to_string())
    }
}

#[cfg(feature = "with-serde")]
impl<T: serde::Serialize> From<Box<T>> for AlgoIo {
    fn from(value: Box<T>) -> AlgoIo {
        crate::serde_types::written(&*value).unwrap_or_else(|error| panic!("{error}"))
    }
}
