//! Frames on descriptor 3. One writer at a time, since threads of the algorithm print while a call runs.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

const DESCRIPTOR: i32 = 3;
const HEADER_BYTES: usize = 10;
/// Larger bodies are written from where they are.
const COPY_LIMIT_BYTES: usize = 16 * 1024;

static CHANNEL: OnceLock<Channel> = OnceLock::new();

pub struct Channel {
    socket: Mutex<File>,
    call: AtomicU32,
}

pub struct Call {
    pub number: u32,
    pub kind: u8,
    pub body: Vec<u8>,
}

/// Opens the channel of the process. Once.
pub fn open() -> &'static Channel {
    CHANNEL.get_or_init(|| Channel { socket: Mutex::new(descriptor()), call: AtomicU32::new(0) })
}

/// The channel, in a process that has opened it.
pub fn opened() -> Option<&'static Channel> {
    CHANNEL.get()
}

fn descriptor() -> File {
    // SAFETY: the runner gives every worker its socket as this descriptor, and nothing else in the process owns it.
    unsafe { File::from_raw_fd(DESCRIPTOR) }
}

impl Channel {
    /// Sends one frame. A runner that is gone ends the process: there is nobody left to work for.
    pub fn send(&self, kind: [u8; 2], number: u32, body: &[u8]) {
        let mut socket = self.lock();
        let mut frame = Vec::with_capacity(HEADER_BYTES + body.len().min(COPY_LIMIT_BYTES));
        push_header(&mut frame, kind, number, body.len());
        let sent = if body.len() <= COPY_LIMIT_BYTES {
            frame.extend_from_slice(body);
            socket.write_all(&frame)
        } else {
            socket.write_all(&frame).and_then(|()| socket.write_all(body))
        };
        if sent.is_err() {
            std::process::exit(1);
        }
    }

    /// What is printed from now on belongs to this call; 0 for none.
    pub fn belongs_to(&self, number: u32) {
        self.call.store(number, Ordering::Relaxed);
    }

    pub fn current_call(&self) -> u32 {
        self.call.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push_header(out: &mut Vec<u8>, [kind, content]: [u8; 2], number: u32, size: usize) {
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    out.extend_from_slice(&size.to_be_bytes());
    out.extend_from_slice(&[kind, content]);
    out.extend_from_slice(&number.to_be_bytes());
}

/// Reads the frames of calls; others are left out.
pub struct Calls {
    socket: BufReader<File>,
}

impl Calls {
    pub fn new() -> Calls {
        Calls { socket: BufReader::new(descriptor()) }
    }

    /// None once the stream has ended.
    pub fn next(&mut self) -> Option<Call> {
        loop {
            let mut header = [0; HEADER_BYTES];
            if self.socket.fill_buf().map_or_else(|error| error.kind() != ErrorKind::Interrupted, <[u8]>::is_empty) {
                return None;
            }
            self.socket.read_exact(&mut header).ok()?;
            let [s0, s1, s2, s3, kind, content, n0, n1, n2, n3] = header;
            let mut body = vec![0; u32::from_be_bytes([s0, s1, s2, s3]) as usize];
            self.socket.read_exact(&mut body).ok()?;
            if kind == b'C' {
                return Some(Call { number: u32::from_be_bytes([n0, n1, n2, n3]), kind: content, body });
            }
        }
    }
}
