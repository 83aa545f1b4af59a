//! Functions that are handed over.

use algorithmia::worker::wait;
use algorithmia::{load_and_run, run, AlgoIo, Algorithmia, Error, Json};
use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::Duration;

type Same = Result<String, String>;

pub fn start(case: &str) {
    match case {
        "echo" => run(|input: AlgoIo| Ok::<AlgoIo, String>(input)),
        "echo-value" => run(|input: Json| Ok::<Json, String>(input)),
        "returns-bytes" => run(|_: String| Ok::<Vec<u8>, String>(b"\x89PNG".to_vec())),
        "returns-nothing" => run(|_: String| Ok::<(), String>(())),
        "returns-nan" => run(|_: String| Ok::<Json, String>(rows(vec![1.5, f64::NAN]))),
        "takes-numbers" => run(|numbers: Vec<f64>| Ok::<f64, String>(numbers.iter().sum())),
        "throws" => run(throws),
        "panics" => run(panics),
        "panics-in-thread" => run(panics_in_thread),
        "throws-typed" => run(|_: String| Err::<(), _>(Error::new("no such thing").with_type("InputError"))),
        "throws-with-stacktrace" => run(|_: String| Err::<(), _>(Error::new("no").with_stacktrace("only this"))),
        "throws-with-cause" => run(|_: String| Err::<(), _>(Error::new("outer").with_cause("inner"))),
        "exits" => run(exits),
        "aborts-load" => load_and_run(panics_early, |input: String, (): &mut ()| -> Same { Ok(input) }),
        "fails-to-load" => load_and_run(fails_to_load, |input: String, (): &mut ()| -> Same { Ok(input) }),
        "prints" => load_and_run(|| -> Result<(), String> { println!("loading"); Ok(()) }, |input, (): &mut ()| prints(input)),
        "prints-bytes" => run(prints_bytes),
        "prints-a-lot" => run(prints_a_lot),
        "prints-elsewhere" => run(prints_elsewhere),
        "starts-child" => run(starts_child),
        "counts" => load_and_run(|| Ok::<u64, String>(0), counts),
        "asynchronous" => run(|input: String| wait(asynchronous(input))),
        "uses-client" => run(uses_client),
        "handler" => algorithmia::handler::run(|input: String| -> Same { Ok(format!("Hello {input}")) }),
        other => panic!("there is no case {other}"),
    }
}

fn rows(numbers: Vec<f64>) -> Json {
    [("rows".to_owned(), numbers)].into_iter().collect()
}

fn throws(input: String) -> Same {
    if input == "fine" { Ok(input) } else { Err(input) }
}

fn panics(input: String) -> Same {
    if input == "fine" { Ok(input) } else { panic!("{input}") }
}

fn panics_in_thread(input: String) -> Same {
    thread::spawn(|| panic!("elsewhere")).join().map_err(|_| "joined".to_owned())?;
    Ok(input)
}

fn exits(_: String) -> Same {
    println!("last words");
    std::process::exit(3)
}

fn panics_early() -> Result<(), String> {
    panic!("too early")
}

fn fails_to_load() -> Result<(), String> {
    println!("about to fail");
    Err("no_such_package".to_owned())
}

fn prints(input: String) -> Same {
    println!("out {input}");
    eprintln!("err {input}");
    print!("no line end");
    Ok(input)
}

fn prints_bytes(input: String) -> std::io::Result<String> {
    std::io::stdout().write_all(b"\xff\xfe\n")?;
    Ok(input)
}

fn prints_a_lot(input: String) -> std::io::Result<String> {
    std::io::stdout().write_all(&vec![b'x'; 5 * 1024 * 1024])?;
    Ok(input)
}

/// A thread of the algorithm prints while the call runs.
fn prints_elsewhere(input: String) -> Same {
    let printed = input.clone();
    thread::spawn(move || println!("{printed}")).join().map_err(|_| "joined".to_owned())?;
    Ok(input)
}

fn starts_child(input: String) -> std::io::Result<String> {
    Command::new("/bin/echo").arg("from a child").status()?;
    Ok(input)
}

fn counts(_: String, count: &mut u64) -> Result<u64, String> {
    *count += 1;
    Ok(*count)
}

async fn asynchronous(input: String) -> Same {
    Later { is_started: false }.await;
    if input == "boom" { Err(input) } else { Ok(format!("later {input}")) }
}

/// Ready a little later, by another thread.
struct Later {
    is_started: bool,
}

impl std::future::Future for Later {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        if self.is_started {
            return std::task::Poll::Ready(());
        }
        self.is_started = true;
        let waker = context.waker().clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(10));
            waker.wake();
        });
        std::task::Poll::Pending
    }
}

fn uses_client(_: String) -> Same {
    Ok(format!("algo://{}", Algorithmia::default().algo("algo://util/Echo").to_algo_uri()))
}
