//! Frames on descriptor 3, as far as a start and the older protocol need them (languages/PROTOCOL.md).

use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;

const DESCRIPTOR: i32 = 3;

pub struct Call {
    pub number: u32,
    pub kind: u8,
    pub body: Vec<u8>,
}

/// The socket, which stays open: the program that this process may become goes on with it.
pub fn socket() -> ManuallyDrop<File> {
    // SAFETY: the runner gives this descriptor to this process alone.
    ManuallyDrop::new(unsafe { File::from_raw_fd(DESCRIPTOR) })
}

pub fn send(kind: [u8; 2], number: u32, body: &[u8]) -> io::Result<()> {
    let mut frame = Vec::with_capacity(10 + body.len());
    frame.extend_from_slice(&(body.len() as u32).to_be_bytes());
    frame.extend_from_slice(&kind);
    frame.extend_from_slice(&number.to_be_bytes());
    frame.extend_from_slice(body);
    socket().write_all(&frame)
}

/// The next call; none once the stream has ended.
pub fn next() -> Option<Call> {
    let mut socket = socket();
    loop {
        let mut header = [0; 10];
        socket.read_exact(&mut header).ok()?;
        let [s0, s1, s2, s3, kind, content, n0, n1, n2, n3] = header;
        let mut body = vec![0; u32::from_be_bytes([s0, s1, s2, s3]) as usize];
        socket.read_exact(&mut body).ok()?;
        if kind == b'C' {
            return Some(Call { number: u32::from_be_bytes([n0, n1, n2, n3]), kind: content, body });
        }
    }
}
