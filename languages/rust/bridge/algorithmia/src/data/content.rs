//! What files hold: to be written, and as it was read.

use crate::error::Error;
use std::io::{self, Cursor, Read};

/// What is put into a file.
pub struct Body(pub(super) Vec<u8>);

impl From<&str> for Body {
    fn from(text: &str) -> Body {
        Body(text.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body(text.into())
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Body {
        Body(bytes.into())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body(bytes)
    }
}

impl TryFrom<std::fs::File> for Body {
    type Error = io::Error;
    fn try_from(mut file: std::fs::File) -> io::Result<Body> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Body(bytes))
    }
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Error {
        match never {}
    }
}

/// The content of a file, which can be read like one.
#[derive(Debug)]
pub struct FileData {
    pub size: u64,
    data: Cursor<Vec<u8>>,
}

impl FileData {
    pub(super) fn of(bytes: Vec<u8>) -> FileData {
        FileData { size: bytes.len() as u64, data: Cursor::new(bytes) }
    }

    pub fn into_bytes(self) -> io::Result<Vec<u8>> {
        Ok(self.data.into_inner())
    }

    pub fn into_string(self) -> io::Result<String> {
        String::from_utf8(self.data.into_inner()).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

impl Read for FileData {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.data.read(buffer)
    }
}
