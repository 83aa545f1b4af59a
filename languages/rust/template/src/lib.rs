// Calls begin in `apply`, with the body of the request as its input.
algorithmia::algo_entrypoint!(&str);

fn apply(input: &str) -> Result<String, String> {
    Ok(format!("Hello {input}"))
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn greets() {
        assert_eq!(apply("Jane"), Ok("Hello Jane".to_owned()));
    }
}
