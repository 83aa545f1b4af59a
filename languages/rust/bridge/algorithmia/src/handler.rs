//! The entry point of version 3: a program whose `main` hands its function over.

use crate::algo_io::{AlgoIo, FromIo};
use crate::worker;
use std::error::Error as StdError;

/// Answers every call with `apply`, and ends with the process.
pub fn run<F, IN, OUT, E>(apply: F)
where
    F: FnMut(IN) -> Result<OUT, E>,
    IN: FromIo,
    OUT: Into<AlgoIo>,
    E: Into<Box<dyn StdError>>,
{
    let mut apply = apply;
    worker::run(move |input| apply(input).map(Into::<AlgoIo>::into))
}

/// Calls `load` once and hands what it made to each `apply`.
pub fn load_and_run<F, LOAD, IN, OUT, STATE, E, E3>(load: LOAD, apply: F) -> Result<(), Box<dyn StdError>>
where
    F: FnMut(IN, &mut STATE) -> Result<OUT, E>,
    LOAD: FnOnce() -> Result<STATE, E3>,
    IN: FromIo,
    OUT: Into<AlgoIo>,
    E: Into<Box<dyn StdError>>,
    E3: Into<Box<dyn StdError>>,
{
    let mut apply = apply;
    worker::load_and_run(load, move |input, state: &mut STATE| apply(input, state).map(Into::<AlgoIo>::into))
}
