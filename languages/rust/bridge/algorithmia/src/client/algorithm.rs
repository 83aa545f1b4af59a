//! Calls of other algorithms.

use super::http::{escape, Http, Request};

use crate::algo_io::{AlgoData, AlgoIo, FromIo};
use crate::error::{Error, Result};
use crate::json::{base64, Json};
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::{Deref, DerefMut};

/// `owner/name` or `owner/name/version`.
#[derive(Clone, Debug)]
pub struct AlgoUri {
    path: String,
}

impl AlgoUri {
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl From<&str> for AlgoUri {
    fn from(address: &str) -> AlgoUri {
        let path = address.strip_prefix("algo://").unwrap_or(address).trim_start_matches('/');
        AlgoUri { path: path.to_owned() }
    }
}

impl From<&String> for AlgoUri {
    fn from(address: &String) -> AlgoUri {
        address.as_str().into()
    }
}

impl From<String> for AlgoUri {
    fn from(address: String) -> AlgoUri {
        address.as_str().into()
    }
}

impl Display for AlgoUri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.path)
    }
}

/// Parameters of the call, as the query carries them.
#[derive(Clone, Debug, Default)]
pub struct AlgoOptions(BTreeMap<String, String>);

impl AlgoOptions {
    /// Seconds.
    pub fn timeout(&mut self, timeout: u32) {
        self.0.insert("timeout".into(), timeout.to_string());
    }

    pub fn stdout(&mut self, stdout: bool) {
        self.0.insert("stdout".into(), stdout.to_string());
    }
}

impl Deref for AlgoOptions {
    type Target = BTreeMap<String, String>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for AlgoOptions {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

#[derive(Clone, Debug)]
pub struct Algorithm {
    http: Http,
    uri: AlgoUri,
    options: AlgoOptions,
}

impl Algorithm {
    pub(crate) fn new(http: Http, uri: AlgoUri) -> Algorithm {
        Algorithm { http, uri, options: AlgoOptions::default() }
    }

    pub fn to_algo_uri(&self) -> &AlgoUri {
        &self.uri
    }

    pub fn set_options(&mut self, options: AlgoOptions) -> &mut Algorithm {
        self.options = options;
        self
    }

    /// Seconds.
    pub fn timeout(&mut self, timeout: u32) -> &mut Algorithm {
        self.options.timeout(timeout);
        self
    }

    pub fn stdout(&mut self, stdout: bool) -> &mut Algorithm {
        self.options.stdout(stdout);
        self
    }

    /// Calls it and waits.
    pub fn pipe<I: Into<AlgoIo>>(&self, input: I) -> Result<AlgoResponse> {
        match input.into().data {
            AlgoData::Text(text) => self.call("text/plain", text.as_bytes()),
            AlgoData::Json(json) => self.call("application/json", json.as_bytes()),
            AlgoData::Binary(bytes) => self.call("application/octet-stream", &bytes),
        }
    }

    /// The same with JSON that is written already.
    pub fn pipe_json(&self, json: &str) -> Result<AlgoResponse> {
        self.call("application/json", json.as_bytes())
    }

    fn call(&self, content_type: &str, body: &[u8]) -> Result<AlgoResponse> {
        let query: Vec<String> =
            self.options.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let path = format!("/v1/algo/{}?{}", escape(&self.uri.path), query.join("&"));
        let path = path.trim_end_matches('?');
        let reply = self.http.send(Request { method: "POST", path, content_type: Some(content_type), body })?;
        match reply.error() {
            Some(error) => Err(error),
            None => reply.text()?.parse(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct AlgoMetadata {
    /// Seconds.
    pub duration: f32,
    pub stdout: Option<String>,
    pub alerts: Option<Vec<String>>,
    pub content_type: String,
}

#[derive(Clone, Debug)]
pub struct AlgoResponse {
    pub metadata: AlgoMetadata,
    pub result: AlgoIo,
}

impl AlgoResponse {
    /// The result as a type of the caller's.
    pub fn decode<T: FromIo>(self) -> Result<T> {
        self.result.decode()
    }

    /// The result where it is text.
    pub fn into_string(self) -> Option<String> {
        self.result.as_string().map(str::to_owned)
    }

    /// The result where it is bytes.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self.result.data {
            AlgoData::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The result as a JSON value.
    pub fn into_json(self) -> Option<crate::JsonValue> {
        self.result.decode().ok()
    }
}

impl Deref for AlgoResponse {
    type Target = AlgoIo;
    fn deref(&self) -> &AlgoIo {
        &self.result
    }
}

impl From<AlgoResponse> for AlgoIo {
    fn from(response: AlgoResponse) -> AlgoIo {
        response.result
    }
}

impl Display for AlgoResponse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result.data {
            AlgoData::Text(text) | AlgoData::Json(text) => out.write_str(text),
            AlgoData::Binary(bytes) => out.write_str(&String::from_utf8_lossy(bytes)),
        }
    }
}

impl std::str::FromStr for AlgoResponse {
    type Err = Error;

    fn from_str(reply: &str) -> Result<AlgoResponse> {
        let reply = Json::parse(reply)?;
        let missing = |name: &str| Error::new(format!("the reply has no {name}"));
        let metadata = reply.get("metadata").ok_or_else(|| missing("metadata"))?;
        let result = reply.get("result").unwrap_or(&Json::Null);
        let content_type = metadata.get("content_type").and_then(Json::as_str).unwrap_or("json");
        let result = match (content_type, result) {
            ("binary", Json::String(text)) => {
                AlgoIo::bytes(base64::decode(text).ok_or_else(|| Error::new("the result is not base64"))?)
            }
            (_, Json::String(text)) => AlgoIo::text(text.as_str()),
            (_, value) => AlgoIo::json(value.to_string()),
        };
        let texts = |list: &[Json]| list.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
        Ok(AlgoResponse {
            metadata: AlgoMetadata {
                duration: metadata.get("duration").and_then(Json::as_f64).unwrap_or(0.0) as f32,
                stdout: metadata.get("stdout").and_then(Json::as_str).map(str::to_owned),
                alerts: metadata.get("alerts").and_then(Json::as_array).map(texts),
                content_type: content_type.to_owned(),
            },
            result,
        })
    }
}
