//! The entry points of versions 1 and 2: a type `Algo` that has one of these traits, made once when it is loaded.

use crate::algo::{AlgoInput, AlgoOutput};
use crate::algo_io::{AlgoIo, FromIo};
use crate::error::Error;
use crate::JsonValue;
use std::error::Error as StdError;

type Answer = Result<AlgoOutput, Box<dyn StdError>>;

fn unsupported(kind: &str) -> Answer {
    Err(Error::unsupported_input(kind).into())
}

/// At least one of the methods is the algorithm's own. Text and JSON stand in for each other where only one is there.
pub trait EntryPoint: Default {
    #[allow(unused_variables)]
    fn apply_str(&self, text: &str) -> Answer {
        unsupported("text")
    }

    #[allow(unused_variables)]
    fn apply_json(&self, json: &JsonValue) -> Answer {
        unsupported("JSON")
    }

    #[allow(unused_variables)]
    fn apply_bytes(&self, bytes: &[u8]) -> Answer {
        unsupported("binary")
    }

    fn apply(&self, input: AlgoInput<'_>) -> Answer {
        match &input {
            AlgoInput::Text(text) => or_else_unsupported(self.apply_str(text), || match input.as_json() {
                Some(json) => self.apply_json(&json),
                None => unsupported("text"),
            }),
            AlgoInput::Json(json) => or_else_unsupported(self.apply_json(json), || match input.as_string() {
                Some(text) => self.apply_str(text),
                None => unsupported("JSON"),
            }),
            AlgoInput::Binary(bytes) => self.apply_bytes(bytes),
        }
    }

    #[doc(hidden)]
    fn apply_io(&self, input: AlgoIo) -> Answer {
        self.apply(input.try_into()?)
    }
}

/// The second way, where the first is not the algorithm's own.
fn or_else_unsupported(first: Answer, second: impl FnOnce() -> Answer) -> Answer {
    let is_unsupported =
        |error: &Box<dyn StdError>| error.downcast_ref::<Error>().is_some_and(|own| own.is_unsupported_input);
    match first {
        Err(error) if is_unsupported(&error) => second(),
        answer => answer,
    }
}

/// Takes its input decoded.
pub trait DecodedEntryPoint: Default {
    type Input: FromIo;

    fn apply_decoded(&self, input: Self::Input) -> Answer;
}

impl<T: DecodedEntryPoint> EntryPoint for T {
    fn apply(&self, input: AlgoInput<'_>) -> Answer {
        self.apply_io(input.into())
    }

    /// Spares the JSON value in between.
    fn apply_io(&self, input: AlgoIo) -> Answer {
        self.apply_decoded(input.decode()?)
    }
}

/// Makes `Algo` of a function, or gives an `Algo` that is there its entry point:
/// `algo_entrypoint!(T)` for a function named `apply`, `algo_entrypoint!(T => function)`, `algo_entrypoint!(T => Algo::method)`,
/// where `T` is `&str`, `&[u8]`, `&JsonValue`, `AlgoInput` or a type that JSON is decoded to.
#[macro_export]
macro_rules! algo_entrypoint {
    (@one $method:ident, $input:ty, Algo::$own:ident) => {
        impl $crate::algo::EntryPoint for Algo {
            fn $method(
                &self,
                input: $input,
            ) -> ::std::result::Result<$crate::algo::AlgoOutput, ::std::boxed::Box<dyn ::std::error::Error>> {
                self.$own(input).map($crate::algo::AlgoOutput::from).map_err(|error| error.into())
            }
        }
    };
    (@one $method:ident, $input:ty, $function:path) => {
        #[derive(Default)]
        pub struct Algo;
        impl $crate::algo::EntryPoint for Algo {
            fn $method(
                &self,
                input: $input,
            ) -> ::std::result::Result<$crate::algo::AlgoOutput, ::std::boxed::Box<dyn ::std::error::Error>> {
                $function(input).map($crate::algo::AlgoOutput::from).map_err(|error| error.into())
            }
        }
    };

    (&str => $($way:tt)+) => { $crate::algo_entrypoint!(@one apply_str, &str, $($way)+); };
    (text => $($way:tt)+) => { $crate::algo_entrypoint!(@one apply_str, &str, $($way)+); };
    (&[u8] => $($way:tt)+) => { $crate::algo_entrypoint!(@one apply_bytes, &[u8], $($way)+); };
    (bytes => $($way:tt)+) => { $crate::algo_entrypoint!(@one apply_bytes, &[u8], $($way)+); };
    (&JsonValue => $($way:tt)+) => { $crate::algo_entrypoint!(@one apply_json, &$crate::algo::JsonValue, $($way)+); };
    (JsonValue => $($way:tt)+) => { $crate::algo_entrypoint!(@one apply_json, &$crate::algo::JsonValue, $($way)+); };
    (AlgoInput => $($way:tt)+) => { $crate::algo_entrypoint!(@one apply, $crate::algo::AlgoInput<'_>, $($way)+); };

    ($input:ty => Algo::$own:ident) => {
        impl $crate::algo::DecodedEntryPoint for Algo {
            type Input = $input;
            fn apply_decoded(
                &self,
                input: $input,
            ) -> ::std::result::Result<$crate::algo::AlgoOutput, ::std::boxed::Box<dyn ::std::error::Error>> {
                self.$own(input).map($crate::algo::AlgoOutput::from).map_err(|error| error.into())
            }
        }
    };
    ($input:ty => $function:path) => {
        #[derive(Default)]
        pub struct Algo;
        impl $crate::algo::DecodedEntryPoint for Algo {
            type Input = $input;
            fn apply_decoded(
                &self,
                input: $input,
            ) -> ::std::result::Result<$crate::algo::AlgoOutput, ::std::boxed::Box<dyn ::std::error::Error>> {
                $function(input).map($crate::algo::AlgoOutput::from).map_err(|error| error.into())
            }
        }
    };

    (&str) => { $crate::algo_entrypoint!(&str => apply); };
    (&[u8]) => { $crate::algo_entrypoint!(&[u8] => apply); };
    (&JsonValue) => { $crate::algo_entrypoint!(&JsonValue => apply); };
    (AlgoInput) => { $crate::algo_entrypoint!(AlgoInput => apply); };
    ($input:ty) => { $crate::algo_entrypoint!($input => apply); };
}
