//! Files and folders of the platform's data.

mod content;

use crate::client::{Http, Reply, Request};
use crate::error::{Error, Result};
use crate::json::{quote, Json};
use std::path::Path;

pub use content::{Body, FileData};

/// What has a place in the data of the platform.
pub trait HasDataPath {
    fn path(&self) -> &str;

    /// As `data://.my/folder/file`.
    fn to_data_uri(&self) -> String {
        match self.path().split_once('/') {
            Some((protocol, rest)) => format!("{protocol}://{rest}"),
            None => format!("{}://", self.path()),
        }
    }

    fn basename(&self) -> Option<&str> {
        self.path().rsplit('/').next().filter(|name| !name.is_empty())
    }
}

macro_rules! places {
    ($($(#[$about:meta])* $name:ident;)*) => { $(
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            http: Http,
            path: String,
        }

        impl HasDataPath for $name {
            fn path(&self) -> &str {
                &self.path
            }
        }

        impl $name {
            pub(crate) fn at(http: Http, address: &str) -> $name {
                $name { http, path: path_of(address) }
            }

            /// False where there is nothing.
            pub fn exists(&self) -> Result<bool> {
                match send(&self.http, "HEAD", &self.path, b"") {
                    Ok(_) => Ok(true),
                    Err(error) if error.to_string().ends_with("answered 404") => Ok(false),
                    Err(error) => Err(error),
                }
            }
        }
    )* };
}

places! {
    DataFile;
    DataDir;
    /// A file or a folder: what it is shows when the platform is asked.
    DataObject;
}

/// `data/.my/file` of `data://.my/file`, `/.my/file` or `.my/file`.
fn path_of(address: &str) -> String {
    match address.split_once("://") {
        Some((protocol, rest)) => format!("{protocol}/{}", rest.trim_matches('/')),
        None => format!("data/{}", address.trim_matches('/')),
    }
}

fn send(http: &Http, method: &str, path: &str, body: &[u8]) -> Result<Reply> {
    let path = format!("/v1/connector/{}", crate::client::escape(path));
    http.send(Request { method, path: &path, content_type: None, body })
}

impl DataFile {
    /// Writes the whole file: texts, bytes, an open file.
    pub fn put<B>(&self, body: B) -> Result<()>
    where
        B: TryInto<Body>,
        Error: From<B::Error>,
    {
        let Body(bytes) = body.try_into()?;
        send(&self.http, "PUT", &self.path, &bytes).map(drop)
    }

    pub fn get(&self) -> Result<FileData> {
        let reply = send(&self.http, "GET", &self.path, b"")?;
        Ok(FileData::of(reply.body))
    }

    pub fn delete(&self) -> Result<()> {
        send(&self.http, "DELETE", &self.path, b"").map(drop)
    }
}

/// Who may read a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAcl {
    Private,
    MyAlgorithms,
    Public,
}

#[derive(Clone, Debug)]
pub struct DataAcl {
    pub read: ReadAcl,
}

impl Default for DataAcl {
    fn default() -> DataAcl {
        DataAcl { read: ReadAcl::MyAlgorithms }
    }
}

impl From<ReadAcl> for DataAcl {
    fn from(read: ReadAcl) -> DataAcl {
        DataAcl { read }
    }
}

/// What is in a folder.
#[derive(Clone, Debug)]
pub enum DataItem {
    File(DataFile),
    Dir(DataDir),
}

impl DataDir {
    pub fn create<A: Into<DataAcl>>(&self, acl: A) -> Result<()> {
        let readers = match acl.into().read {
            ReadAcl::Private => "[]",
            ReadAcl::MyAlgorithms => "[\"algo://.my/*\"]",
            ReadAcl::Public => "[\"user://*\"]",
        };
        let (parent, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let body = format!("{{\"name\":{},\"acl\":{{\"read\":{readers}}}}}", quote(name));
        let path = format!("/v1/connector/{}", crate::client::escape(parent));
        let request =
            Request { method: "POST", path: &path, content_type: Some("application/json"), body: body.as_bytes() };
        self.http.send(request).map(drop)
    }

    /// `force` takes a folder with all that is in it.
    pub fn delete(&self, force: bool) -> Result<()> {
        let path = format!("/v1/connector/{}?force={force}", crate::client::escape(&self.path));
        self.http.send(Request { method: "DELETE", path: &path, content_type: None, body: b"" }).map(drop)
    }

    /// Everything in it, page by page; the first error ends it.
    pub fn list(&self) -> DirectoryListing<'_> {
        DirectoryListing { folder: self, waiting: Vec::new(), next: Some(String::new()) }
    }

    pub fn put_file<P: AsRef<Path>>(&self, file: P) -> Result<()> {
        let name = file.as_ref().file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Error::new(format!("{} has no file name", file.as_ref().display())))?;
        self.file(name).put(std::fs::read(file.as_ref())?)
    }

    fn file(&self, name: &str) -> DataFile {
        DataFile { http: self.http.clone(), path: format!("{}/{name}", self.path) }
    }

    fn dir(&self, name: &str) -> DataDir {
        DataDir { http: self.http.clone(), path: format!("{}/{name}", self.path) }
    }

    fn page(&self, marker: &str) -> Result<(Vec<DataItem>, Option<String>)> {
        let query = if marker.is_empty() { String::new() } else { format!("?marker={}", crate::client::escape(marker)) };
        let path = format!("/v1/connector/{}{query}", crate::client::escape(&self.path));
        let reply = self.http.send(Request { method: "GET", path: &path, content_type: None, body: b"" })?;
        let listing = Json::parse(reply.text()?)?;
        let named = |list: &str, name: &str| -> Vec<String> {
            let items = listing.get(list).and_then(Json::as_array).unwrap_or(&[]);
            items.iter().filter_map(|item| item.get(name)?.as_str().map(str::to_owned)).collect()
        };
        let folders = named("folders", "name").into_iter().map(|name| DataItem::Dir(self.dir(&name)));
        let files = named("files", "filename").into_iter().map(|name| DataItem::File(self.file(&name)));
        Ok((folders.chain(files).collect(), listing.get("marker").and_then(Json::as_str).map(str::to_owned)))
    }
}

pub struct DirectoryListing<'a> {
    folder: &'a DataDir,
    waiting: Vec<DataItem>,
    next: Option<String>,
}

impl Iterator for DirectoryListing<'_> {
    type Item = Result<DataItem>;

    fn next(&mut self) -> Option<Result<DataItem>> {
        while self.waiting.is_empty() {
            let marker = self.next.take()?;
            match self.folder.page(&marker) {
                Ok((items, next)) => {
                    self.waiting = items.into_iter().rev().collect();
                    self.next = next;
                }
                Err(error) => return Some(Err(error)),
            }
        }
        self.waiting.pop().map(Ok)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    File,
    Dir,
}

impl DataObject {
    pub fn get_type(&self) -> Result<DataType> {
        let reply = send(&self.http, "HEAD", &self.path, b"")?;
        match reply.header("x-data-type") {
            Some("file") => Ok(DataType::File),
            Some("directory") => Ok(DataType::Dir),
            _ => Err(Error::new(format!("{} is neither file nor folder", self.to_data_uri()))),
        }
    }
}
