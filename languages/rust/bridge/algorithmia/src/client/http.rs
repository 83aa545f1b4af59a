//! As much of HTTP as the platform's address inside a worker takes: one request per connection, without encryption.

use crate::error::{Error, Result};
use crate::json::Json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

#[derive(Clone, Debug)]
pub struct Http {
    address: String,
    key: Option<String>,
}

pub struct Request<'a> {
    pub method: &'a str,
    /// With its query, escaped.
    pub path: &'a str,
    pub content_type: Option<&'a str>,
    pub body: &'a [u8],
}

pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Http {
    pub fn new(address: &str, key: Option<String>) -> Http {
        Http { address: address.trim_end_matches('/').to_owned(), key }
    }

    /// Any reply below 400.
    pub fn send(&self, request: Request<'_>) -> Result<Reply> {
        let shown = format!("{} {}{}", request.method, self.address, request.path);
        let reply = self.exchange(&request).map_err(|error| Error::new(format!("{shown}: {error}")))?;
        if reply.status < 400 {
            return Ok(reply);
        }
        Err(reply.error().unwrap_or_else(|| Error::new(format!("{shown}: answered {}", reply.status))))
    }

    fn exchange(&self, request: &Request<'_>) -> Result<Reply> {
        let host = self.address.strip_prefix("http://").ok_or_else(|| {
            Error::new("only http:// addresses are reached from here; for others take the original client by its exact version")
        })?;
        let target = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let mut socket = TcpStream::connect(target)?;
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n",
            request.method,
            request.path,
            request.body.len()
        );
        if let Some(key) = &self.key {
            head.push_str(&format!("Authorization: Simple {key}\r\n"));
        }
        if let Some(content_type) = request.content_type {
            head.push_str(&format!("Content-Type: {content_type}\r\n"));
        }
        head.push_str("\r\n");
        socket.write_all(head.as_bytes())?;
        socket.write_all(request.body)?;
        Reply::read(BufReader::new(socket), request.method == "HEAD")
    }
}

impl Reply {
    fn read(mut socket: impl BufRead, is_bare: bool) -> Result<Reply> {
        let status = read_line(&mut socket)?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| Error::new("the reply is not HTTP"))?;
        let mut headers = Vec::new();
        loop {
            let line = read_line(&mut socket)?;
            match line.split_once(':') {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None => break,
            }
        }
        let mut reply = Reply { status, headers, body: Vec::new() };
        if !is_bare {
            reply.body = reply.read_body(socket)?;
        }
        Ok(reply)
    }

    fn read_body(&self, mut socket: impl BufRead) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            loop {
                let line = read_line(&mut socket)?;
                let size = u64::from_str_radix(line.split(';').next().unwrap_or("").trim(), 16)
                    .map_err(|_| Error::new("a part of the reply has no size"))?;
                if size == 0 {
                    return Ok(body);
                }
                read_exactly(&mut socket, size, &mut body)?;
                read_line(&mut socket)?;
            }
        }
        match self.header("content-length").and_then(|size| size.parse().ok()) {
            Some(size) => read_exactly(&mut socket, size, &mut body)?,
            None => {
                socket.read_to_end(&mut body)?;
            }
        }
        Ok(body)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|_| Error::new("the reply is not UTF-8"))
    }

    /// What the platform says went wrong.
    pub fn error(&self) -> Option<Error> {
        let reply = Json::parse(self.text().ok()?).ok()?;
        let error = reply.get("error")?;
        if let Some(message) = error.as_str() {
            return Some(Error::new(message));
        }
        let own = Error::new(error.get("message")?.as_str()?);
        Some(match error.get("error_type").and_then(Json::as_str) {
            Some(error_type) => own.with_type(error_type),
            None => own,
        })
    }
}

fn read_line(socket: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    socket.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn read_exactly(socket: &mut impl BufRead, size: u64, out: &mut Vec<u8>) -> Result<()> {
    let read = socket.take(size).read_to_end(out)?;
    if read as u64 == size {
        return Ok(());
    }
    Err(Error::new("the reply ended too early"))
}

/// `text` for a path or a query; `/` stays.
pub fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'*' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
