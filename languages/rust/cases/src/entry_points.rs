//! Entry points of versions 1 and 2.

pub mod takes_text {
    algorithmia::algo_entrypoint!(&str);
    fn apply(input: &str) -> Result<String, String> {
        Ok(format!("Hello {input}"))
    }
}

pub mod takes_bytes {
    algorithmia::algo_entrypoint!(&[u8] => reversed);
    fn reversed(input: &[u8]) -> Result<Vec<u8>, String> {
        Ok(input.iter().rev().copied().collect())
    }
}

pub mod takes_json {
    use algorithmia::prelude::*;
    algorithmia::algo_entrypoint!(&JsonValue => first);
    fn first(input: &JsonValue) -> Result<JsonValue, Box<dyn std::error::Error>> {
        Ok(input.get("first").cloned().ok_or("there is no first")?)
    }
}

pub mod takes_any {
    use algorithmia::prelude::*;
    algorithmia::algo_entrypoint!(AlgoInput => kind);
    fn kind(input: AlgoInput) -> Result<&'static str, String> {
        Ok(match input {
            AlgoInput::Text(_) => "text",
            AlgoInput::Json(_) => "json",
            AlgoInput::Binary(_) => "binary",
        })
    }
}

pub mod takes_decoded {
    algorithmia::algo_entrypoint!(Vec<i64>);
    fn apply(numbers: Vec<i64>) -> Result<String, String> {
        Ok(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join("+"))
    }
}

pub mod has_state {
    use std::cell::Cell;

    pub struct Algo {
        calls: Cell<u32>,
    }

    impl Default for Algo {
        fn default() -> Algo {
            println!("loading");
            Algo { calls: Cell::new(40) }
        }
    }

    algorithmia::algo_entrypoint!(&str => Algo::count);

    impl Algo {
        fn count(&self, input: &str) -> Result<String, String> {
            self.calls.set(self.calls.get() + 1);
            Ok(format!("{input} {}", self.calls.get()))
        }
    }
}
