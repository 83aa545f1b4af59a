#[macro_use]
extern crate algorithmia;
use algorithmia::prelude::*;

algo_entrypoint!(&str => Algo::apply);

#[derive(Default)]
pub struct Algo;

impl Algo {
    fn apply(&self, name: &str) -> Result<String, Box<std::error::Error>> {
        Ok(format!("Hello {}", name))
    }
}
