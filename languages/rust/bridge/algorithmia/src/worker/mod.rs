//! The worker: what answers the calls of the platform with the functions of an algorithm (languages/PROTOCOL.md).

mod channel;
mod output;
mod panics;
mod serve;
mod waiting;

pub use serve::{load_and_run, run, serve_algo};
pub use waiting::wait;
