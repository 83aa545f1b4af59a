//! The client: algorithms and data of the platform, at the address that `ALGORITHMIA_API` names.

pub(crate) mod algorithm;
mod http;

use crate::algo::{AlgoUri, Algorithm};
use crate::data::{DataDir, DataFile, DataObject};
#[cfg(not(feature = "legacy"))]
use crate::error::Result;
pub(crate) use http::{escape, Http, Reply, Request};
use std::env;

const USUAL_ADDRESS: &str = "http://127.0.0.1";

#[derive(Clone, Debug)]
pub struct Algorithmia {
    http: Http,
}

impl Algorithmia {
    /// With a key of one's own. Algorithms need none: `Algorithmia::default()`.
    #[cfg(feature = "legacy")]
    pub fn client<K: Into<String>>(key: K) -> Algorithmia {
        Algorithmia::of(Some(key.into()), None)
    }

    /// With a key of one's own. Algorithms need none: `Algorithmia::new()`.
    #[cfg(not(feature = "legacy"))]
    pub fn client<K: Into<String>>(key: K) -> Result<Algorithmia> {
        Ok(Algorithmia::of(Some(key.into()), None))
    }

    #[cfg(not(feature = "legacy"))]
    pub fn new() -> Result<Algorithmia> {
        Ok(Algorithmia::default())
    }

    #[cfg(feature = "legacy")]
    pub fn alt_client<U: ToString, K: Into<String>>(address: U, key: K) -> Algorithmia {
        Algorithmia::of(Some(key.into()), Some(address.to_string()))
    }

    #[cfg(not(feature = "legacy"))]
    pub fn client_with_url<K: Into<String>, U: ToString>(key: K, address: U) -> Result<Algorithmia> {
        Ok(Algorithmia::of(Some(key.into()), Some(address.to_string())))
    }

    fn of(key: Option<String>, address: Option<String>) -> Algorithmia {
        let address = address.or_else(|| env::var("ALGORITHMIA_API").ok()).unwrap_or_else(|| USUAL_ADDRESS.to_owned());
        let key = key.filter(|key| !key.is_empty());
        Algorithmia { http: Http::new(&address, key) }
    }

    /// An algorithm: `owner/name`, `owner/name/version`, with or without `algo://`.
    pub fn algo<A: Into<AlgoUri>>(&self, algorithm: A) -> Algorithm {
        Algorithm::new(self.http.clone(), algorithm.into())
    }

    pub fn dir(&self, path: &str) -> DataDir {
        DataDir::at(self.http.clone(), path)
    }

    pub fn file(&self, path: &str) -> DataFile {
        DataFile::at(self.http.clone(), path)
    }

    pub fn data(&self, path: &str) -> DataObject {
        DataObject::at(self.http.clone(), path)
    }
}

impl Default for Algorithmia {
    /// As the algorithm that runs, or with the key of `ALGORITHMIA_API_KEY`.
    fn default() -> Algorithmia {
        Algorithmia::of(env::var("ALGORITHMIA_API_KEY").ok(), None)
    }
}
