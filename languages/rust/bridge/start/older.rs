//! Programs that speak the older protocol, such as those of the original crate's handler: requests as lines on standard
//! input, answers through `/tmp/algoout` (PROTOCOL.md). One thread waits for what the program prints and answers, so what
//! was printed before an answer is sent before it.

use crate::json::{base64, quote, Json};
use crate::{fail, frames, frames::Call};
use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::raw::{c_char, c_int, c_short, c_ulong};
use std::path::Path;
use std::process::{exit, Child, ChildStdin, Command, Stdio};
use std::thread;

const ANSWERS: &str = "/tmp/algoout";
const LOADED: &[u8] = b"PIPE_INIT_COMPLETE\n";
const READ_BYTES: usize = 64 * 1024;

const POLLIN: c_short = 1;
const F_SETFL: c_int = 4;
const O_NONBLOCK: c_int = 0o4000;

#[repr(C)]
struct Watched {
    descriptor: c_int,
    events: c_short,
    happened: c_short,
}

extern "C" {
    fn mkfifo(path: *const c_char, mode: u32) -> c_int;
    fn poll(watched: *mut Watched, count: c_ulong, timeout_ms: c_int) -> c_int;
    fn fcntl(descriptor: c_int, command: c_int, ...) -> c_int;
}

struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: File,
    stderr: File,
    answers: File,
    call: u32,
    /// Read of the answers, but not of a whole line yet.
    pending: Vec<u8>,
}

/// Serves the program until the stream ends. Ends with the process.
pub fn run(path: &Path) -> ! {
    let mut program = start(path).unwrap_or_else(|error| fail(&format!("bin/pipe cannot be started: {error}")));
    program.wait_until_loaded();
    let mut result = frames::send(*b"R0", 0, b"");
    while result.is_ok() {
        match frames::next() {
            Some(call) => result = program.answer(&call),
            None => break,
        }
    }
    drop(program.stdin.take());
    let _ = program.child.wait();
    exit(i32::from(result.is_err()))
}

fn start(path: &Path) -> io::Result<Program> {
    let answers = CString::new(ANSWERS)?;
    let _ = std::fs::remove_file(ANSWERS);
    // SAFETY: a path that ends in a zero, and no memory of ours.
    if unsafe { mkfifo(answers.as_ptr(), 0o600) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // Open for writing as well, so that it never ends.
    let answers = OpenOptions::new().read(true).write(true).open(ANSWERS)?;
    let mut child = Command::new(path).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().map(|pipe| File::from(OwnedFd::from(pipe)));
    let stderr = child.stderr.take().map(|pipe| File::from(OwnedFd::from(pipe)));
    let (Some(stdout), Some(stderr)) = (stdout, stderr) else { return Err(ErrorKind::BrokenPipe.into()) };
    for file in [&stdout, &stderr, &answers] {
        // SAFETY: descriptors that are open.
        unsafe { fcntl(file.as_raw_fd(), F_SETFL, O_NONBLOCK) };
    }
    let stdin = child.stdin.take();
    Ok(Program { child, stdin, stdout, stderr, answers, call: 0, pending: Vec::new() })
}

impl Program {
    /// What it prints before the mark is output of loading; the mark itself is none.
    fn wait_until_loaded(&mut self) {
        let mut printed = Vec::new();
        loop {
            self.wait();
            let has_ended = read_all(&mut self.stdout, &mut printed);
            if let Some(at) = printed.windows(LOADED.len()).position(|part| part == LOADED) {
                self.print(b'1', &printed[..at]);
                self.print(b'1', &printed[at + LOADED.len()..]);
                return;
            }
            if has_ended {
                self.print(b'1', &printed);
                let mut said = Vec::new();
                read_all(&mut self.stderr, &mut said);
                self.print(b'2', &said);
                let last = String::from_utf8_lossy(&said).lines().last().unwrap_or("nothing").to_owned();
                fail(&format!("bin/pipe ended before it was loaded; its last words: {last}"));
            }
        }
    }

    fn answer(&mut self, call: &Call) -> io::Result<()> {
        frames::send(*b"S0", call.number, b"")?;
        self.call = call.number;
        let line = request_of(call);
        let mut stdin = self.stdin.take();
        let answer = thread::scope(|scope| {
            // A program that ends does not read to the end.
            scope.spawn(|| stdin.as_mut().map(|stdin| stdin.write_all(line.as_bytes())));
            self.wait_for_answer()
        });
        self.stdin = stdin;
        self.call = 0;
        let (kind, body) = reply_of(&answer);
        frames::send(kind, call.number, &body)
    }

    fn wait_for_answer(&mut self) -> Vec<u8> {
        loop {
            self.wait();
            read_all(&mut self.answers, &mut self.pending);
            let has_ended = self.pass_output();
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let rest = self.pending.split_off(end + 1);
                return std::mem::replace(&mut self.pending, rest);
            }
            if has_ended {
                let status = self.child.wait().ok();
                exit(status.and_then(|status| status.code()).unwrap_or(1));
            }
        }
    }

    /// True once the program has closed its output, as it does when it ends.
    fn pass_output(&mut self) -> bool {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let has_ended = read_all(&mut self.stdout, &mut out);
        read_all(&mut self.stderr, &mut err);
        self.print(b'1', &out);
        self.print(b'2', &err);
        has_ended
    }

    fn print(&self, stream: u8, bytes: &[u8]) {
        for part in bytes.chunks(READ_BYTES) {
            if frames::send([b'O', stream], self.call, part).is_err() {
                exit(1);
            }
        }
    }

    /// Until something can be read.
    fn wait(&self) {
        let mut watched = [&self.stdout, &self.stderr, &self.answers].map(|file| Watched {
            descriptor: file.as_raw_fd(),
            events: POLLIN,
            happened: 0,
        });
        // SAFETY: a list of as many as are said.
        unsafe { poll(watched.as_mut_ptr(), watched.len() as c_ulong, -1) };
    }
}

/// All that is there now. True when there will be no more.
fn read_all(file: &mut File, out: &mut Vec<u8>) -> bool {
    let mut part = vec![0; READ_BYTES];
    loop {
        match file.read(&mut part) {
            Ok(0) => return true,
            Ok(count) => out.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
}

fn request_of(Call { kind, body, .. }: &Call) -> String {
    let text = String::from_utf8_lossy(body);
    let (content_type, data) = match kind {
        b'b' => ("binary", quote(&base64::encode(body))),
        b'j' => match text.trim_start().starts_with('"') {
            true => ("text", one_line(&text)),
            false => ("json", one_line(&text)),
        },
        _ => ("text", quote(&text)),
    };
    format!("{{\"content_type\":\"{content_type}\",\"data\":{data}}}\n")
}

/// Ends of lines between the values of JSON are space.
fn one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// The frame for a line of the program: kinds, and body.
fn reply_of(line: &[u8]) -> ([u8; 2], Vec<u8>) {
    let answer = Json::parse(&String::from_utf8_lossy(line)).unwrap_or(Json::Null);
    if let Some(error) = answer.get("error") {
        return (*b"Ej", error.to_string().into_bytes());
    }
    let content_type = answer.get("metadata").and_then(|metadata| metadata.get("content_type")).and_then(Json::as_str);
    match (content_type, answer.get("result")) {
        (Some("binary"), Some(Json::String(text))) => (*b"Vb", base64::decode(text).unwrap_or_default()),
        (_, Some(Json::String(text))) => (*b"Vt", text.clone().into_bytes()),
        (_, Some(value)) => (*b"Vj", value.to_string().into_bytes()),
        (_, None) => (*b"Ej", b"{\"message\":\"bin/pipe wrote no answer\",\"error_type\":\"SystemError\"}".to_vec()),
    }
}
