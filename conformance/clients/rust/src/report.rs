//! Runs cases in turn and prints each as the line that lib/cases.ts reads.

use std::fmt::Debug;
use std::process::exit;

pub type Outcome = Result<(), String>;

#[derive(Default)]
pub struct Report {
    reported: usize,
    failed: usize,
}

impl Report {
    pub fn check(&mut self, name: &str, body: impl FnOnce() -> Outcome) {
        self.reported += 1;
        match body() {
            Ok(()) => println!("ok {}", name),
            Err(reason) => {
                self.failed += 1;
                println!("not ok {}: {}", name, reason.replace('\n', " "));
            }
        }
    }

    /// Prints the end and ends the process.
    pub fn close(self) {
        println!("cases {}", self.reported);
        exit(if self.failed == 0 { 0 } else { 1 });
    }
}

pub fn equal<T: PartialEq<U> + Debug, U: Debug>(actual: T, expected: U) -> Outcome {
    is_true(actual == expected, format!("got {:?}, expected {:?}", actual, expected))
}

pub fn is_true(condition: bool, otherwise: impl Into<String>) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(otherwise.into())
    }
}
