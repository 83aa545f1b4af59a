//! Becomes the program of an algorithm, `bin/pipe` in the working directory. With the argument `wait` it is started before
//! there is an algorithm and waits for its order (PROTOCOL.md, "Start"). Programs that speak the older protocol are run
//! beside it (`older.rs`). Compiled alone: `rustc main.rs`.

mod frames;
#[allow(dead_code)]
#[path = "../json/src/lib.rs"]
mod json;
mod older;

use json::{quote, Json};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::FromRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{exit, Command};
use std::env;

const PROGRAM: &str = "bin/pipe";
/// The build leaves it beside a program that speaks the older protocol.
const OLDER: &str = "bin/pipe.fifo";
const FOLDER: &str = "/opt/algorithm";
const ORDERS: i32 = 4;

fn main() {
    if env::args().nth(1).as_deref() == Some("wait") {
        if let Err(error) = wait_for_order() {
            fail(&format!("the order to start did not arrive: {error}"));
        }
    }
    let program = env::current_dir().unwrap_or_default().join(PROGRAM);
    if Path::new(OLDER).exists() {
        older::run(&program);
    }
    let error = Command::new(program).arg0(PROGRAM).exec();
    fail(&format!("{PROGRAM} cannot be started; the build of the algorithm should have made it: {error}"))
}

/// Returns once the process has the variables and the folder of an algorithm; ends it when there will be none.
fn wait_for_order() -> io::Result<()> {
    let mut order = String::new();
    // SAFETY: the runner gives this descriptor to this process alone.
    unsafe { File::from_raw_fd(ORDERS) }.read_to_string(&mut order)?;
    if order.is_empty() {
        exit(0);
    }
    let secrets = read_secrets()?;
    for (name, _) in env::vars_os() {
        env::remove_var(name);
    }
    set_variables(&secrets)?;
    set_variables(&order)?;
    env::set_var("PWD", FOLDER);
    env::set_current_dir(FOLDER)
}

/// They are the first that comes on the socket: a length in four bytes, and JSON.
fn read_secrets() -> io::Result<String> {
    let mut socket = frames::socket();
    let mut size = [0; 4];
    socket.read_exact(&mut size)?;
    let mut secrets = vec![0; u32::from_be_bytes(size) as usize];
    socket.read_exact(&mut secrets)?;
    String::from_utf8(secrets).map_err(io::Error::other)
}

fn set_variables(text: &str) -> io::Result<()> {
    let variables = Json::parse(text).map_err(io::Error::other)?;
    for (name, value) in variables.as_object().unwrap_or_default() {
        env::set_var(name, value.as_str().unwrap_or_default());
    }
    Ok(())
}

/// Says so as a bridge does whose algorithm does not load.
pub fn fail(message: &str) -> ! {
    let body = format!("{{\"message\":{},\"error_type\":\"LoadingError\"}}", quote(message));
    if frames::send(*b"Lj", 0, body.as_bytes()).is_err() {
        eprintln!("{message}");
    }
    exit(1)
}
