//! Errors of the client and of algorithms, and what a caller of an algorithm is told about one.

use std::error::Error as StdError;
use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

/// An error with the members that callers see: a message, a type and a stack trace.
#[derive(Debug)]
pub struct Error {
    message: String,
    error_type: Option<String>,
    stacktrace: Option<String>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    pub(crate) is_unsupported_input: bool,
}

impl Error {
    /// An `AlgorithmError`, unless `with_type` says otherwise.
    pub fn new(message: impl Into<String>) -> Error {
        Error { message: message.into(), error_type: None, stacktrace: None, cause: None, is_unsupported_input: false }
    }

    /// `InputError`, `UnsupportedError` or whatever else callers should be able to tell apart.
    pub fn with_type(mut self, error_type: impl Into<String>) -> Error {
        self.error_type = Some(error_type.into());
        self
    }

    pub fn with_stacktrace(mut self, stacktrace: impl Into<String>) -> Error {
        self.stacktrace = Some(stacktrace.into());
        self
    }

    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.cause = Some(cause.into());
        self
    }

    pub(crate) fn unsupported_input(kind: &str) -> Error {
        Error { is_unsupported_input: true, ..Error::new(format!("the algorithm does not take {kind} input")) }
    }

    pub fn error_type(&self) -> Option<&str> {
        self.error_type.as_deref()
    }

    pub fn stacktrace(&self) -> Option<&str> {
        self.stacktrace.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn StdError + 'static))
    }
}

impl From<String> for Error {
    fn from(message: String) -> Error {
        Error::new(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Error {
        Error::new(message)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::new(error.to_string()).with_cause(error)
    }
}

/// What is reported of an error: its message with those of its causes, and what an [`Error`] among them adds.
pub(crate) struct Report {
    pub message: String,
    pub stacktrace: Option<String>,
    pub error_type: Option<String>,
}

impl Report {
    pub fn of(error: &(dyn StdError + 'static)) -> Report {
        let chain: Vec<_> = std::iter::successors(Some(error), |error: &&(dyn StdError + 'static)| (**error).source()).collect();
        let own = chain.iter().find_map(|error| error.downcast_ref::<Error>());
        let mut messages: Vec<String> = chain.iter().map(ToString::to_string).collect();
        messages.dedup();
        Report {
            message: messages.join("\ncaused by: "),
            stacktrace: own.and_then(|error| error.stacktrace.clone()),
            error_type: own.and_then(|error| error.error_type.clone()),
        }
    }
}
