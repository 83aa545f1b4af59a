#[macro_use]
extern crate algorithmia;
use algorithmia::prelude::*;

#[derive(Default)]
pub struct Algo;

// A new struct is made once, and apply is called with each input.
impl EntryPoint for Algo {
    fn apply_str(&self, name: &str) -> Result<AlgoOutput, Box<std::error::Error>> {
        if name == "" {
            return Err("nobody to greet".into());
        }
        Ok(AlgoOutput::from(format!("Hello {}", name)))
    }
}
