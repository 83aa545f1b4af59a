//! Panics of the algorithm as errors of its calls. Where the program is built to abort, a panic ends it, and says so on
//! standard error.

use crate::error::Report;
use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

thread_local! {
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
    static TRACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on panics of watched code are kept for the answer. Those of other threads are printed as ever.
pub fn watch() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if IS_WATCHED.get() && cfg!(panic = "unwind") {
            TRACE.replace(Some(trace_of(panic)));
        } else {
            print(panic);
        }
    }));
}

/// The result of `code`, or what there is to say about its panic.
pub fn catch<T>(code: impl FnOnce() -> T) -> Result<T, Report> {
    IS_WATCHED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(code));
    IS_WATCHED.set(false);
    result.map_err(|payload| Report { message: message_of(&*payload), stacktrace: TRACE.take(), error_type: None })
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("panic without a message").to_owned()
}

/// Where it was, and the way there when `RUST_BACKTRACE` asks for it.
fn trace_of(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let backtrace = Backtrace::capture();
    match backtrace.status() {
        BacktraceStatus::Captured => format!("panicked at {place}\n{backtrace}"),
        _ => format!("panicked at {place}"),
    }
}
