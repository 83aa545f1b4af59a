//! The life of a worker: load, then one call after another until the stream ends.

use super::channel::{self, Call, Calls, Channel};
use super::{output, panics};
use crate::algo::EntryPoint;
use crate::algo_io::{AlgoData, AlgoIo, FromIo, IntoIo};
use crate::error::{Error, Report};
use crate::json::quote;
use std::error::Error as StdError;
use std::io::{self, Write};
use std::process;

type Answer = Result<AlgoIo, Box<dyn StdError>>;

/// Answers every call with `apply`. Ends with the process.
pub fn run<F, I, O, E>(mut apply: F)
where
    F: FnMut(I) -> Result<O, E>,
    I: FromIo,
    O: IntoIo,
    E: Into<Box<dyn StdError>>,
{
    serve(|| Ok(()), |input, ()| answer(apply(I::from_io(input)?)))
}

/// Calls `load` once and hands what it made to each `apply`. Ends with the process.
pub fn load_and_run<L, S, F, I, O, E, E2>(load: L, mut apply: F) -> !
where
    L: FnOnce() -> Result<S, E2>,
    F: FnMut(I, &mut S) -> Result<O, E>,
    I: FromIo,
    O: IntoIo,
    E: Into<Box<dyn StdError>>,
    E2: Into<Box<dyn StdError>>,
{
    serve(|| load().map_err(Into::into), |input, state| answer(apply(I::from_io(input)?, state)))
}

/// Answers every call with an entry point of versions 1 and 2. Ends with the process.
pub fn serve_algo<A: EntryPoint>() -> ! {
    serve(|| Ok(A::default()), |input, algo| Ok(algo.apply_io(input)?.into_io()?))
}

fn answer<O: IntoIo, E: Into<Box<dyn StdError>>>(result: Result<O, E>) -> Answer {
    Ok(result.map_err(Into::into)?.into_io()?)
}

fn serve<S>(
    load: impl FnOnce() -> Result<S, Box<dyn StdError>>,
    mut apply: impl FnMut(AlgoIo, &mut S) -> Answer,
) -> ! {
    let channel = channel::open();
    output::capture();
    panics::watch();
    let loaded = reported(panics::catch(load));
    flush();
    let mut state = match loaded {
        Ok(state) => state,
        Err(report) => {
            channel.send(*b"Lj", 0, error_body(&report, "LoadingError").as_bytes());
            process::exit(1)
        }
    };
    channel.send(*b"R0", 0, b"");
    let mut calls = Calls::new();
    while let Some(call) = calls.next() {
        answer_call(channel, call, |input| apply(input, &mut state));
    }
    process::exit(0)
}

fn answer_call(channel: &Channel, call: Call, apply: impl FnOnce(AlgoIo) -> Answer) {
    let number = call.number;
    channel.send(*b"S0", number, b"");
    channel.belongs_to(number);
    let result = reported(panics::catch(|| apply(read_input(call)?)));
    flush();
    channel.belongs_to(0);
    match result {
        Ok(AlgoIo { data: AlgoData::Text(text) }) => channel.send(*b"Vt", number, text.as_bytes()),
        Ok(AlgoIo { data: AlgoData::Json(json) }) => channel.send(*b"Vj", number, json.as_bytes()),
        Ok(AlgoIo { data: AlgoData::Binary(bytes) }) => channel.send(*b"Vb", number, &bytes),
        Err(report) => channel.send(*b"Ej", number, error_body(&report, "AlgorithmError").as_bytes()),
    }
}

fn read_input(Call { kind, body, .. }: Call) -> Result<AlgoIo, Error> {
    if kind == b'b' {
        return Ok(AlgoIo::bytes(body));
    }
    let text = String::from_utf8(body).map_err(|_| Error::new("the input is not UTF-8").with_type("InputError"))?;
    Ok(if kind == b'j' { AlgoIo::json(text) } else { AlgoIo::text(text) })
}

/// An error of the algorithm and a panic are reported alike.
fn reported<T>(result: Result<Result<T, Box<dyn StdError>>, Report>) -> Result<T, Report> {
    result.and_then(|returned| returned.map_err(|error| Report::of(&*error)))
}

fn error_body(report: &Report, usual_type: &str) -> String {
    let error_type = report.error_type.as_deref().unwrap_or(usual_type);
    let trace = report.stacktrace.as_deref().map(|trace| format!(",\"stacktrace\":{}", quote(trace)));
    let trace = trace.unwrap_or_default();
    format!("{{\"message\":{}{trace},\"error_type\":{}}}", quote(&report.message), quote(error_type))
}

/// Rust keeps a line that has not ended.
fn flush() {
    let _ = io::stdout().flush();
    let _ = io::stderr().flush();
}
