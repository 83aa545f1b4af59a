//! What Rust programs ordinarily do to their system; prints "ok" when all of it works.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::{fs, thread, time::Duration};

fn main() {
    let threads: Vec<_> = (0..8).map(|n| thread::spawn(move || n * n)).collect();
    assert_eq!(threads.into_iter().map(|t| t.join().unwrap()).sum::<i32>(), 140);
    assert_eq!(Command::new("/bin/echo").arg("hi").output().unwrap().stdout, b"hi\n");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = thread::spawn(move || TcpStream::connect(address).unwrap().write_all(b"x").unwrap());
    let mut text = String::new();
    listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
    client.join().unwrap();
    assert_eq!(text, "x");
    UnixStream::pair().unwrap();
    fs::write("/tmp/rust-file", vec![7; 1 << 20]).unwrap();
    fs::copy("/tmp/rust-file", "/tmp/rust-copy").unwrap();
    thread::sleep(Duration::from_millis(1));
    println!("ok");
}
