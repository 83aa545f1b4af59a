//! The crate's view of the platform. It has no management, and never looks at the status of a call.

mod data_cases;
mod report;

use std::collections::BTreeMap;
use std::env;
use std::fs;

use algorithmia::algo::{AlgoResponse, Algorithm, ByteVec};
use algorithmia::error::ApiError;
use algorithmia::Algorithmia;
use report::{equal, is_true, Report};
use serde_json::{json, Value};

const TIMED_OUT: &str = "Failed to run algorithm - may have timed-out or hit out-of-memory error";

fn setting(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{} is not set", name))
}

/// The public algorithm, or a version of it such as `/0.1.0`.
fn probe(version: &str) -> Algorithm {
    let path = format!("{}{}", setting("CASES_PROBE"), version);
    Algorithmia::new().expect("a client from the environment").algo(path)
}

fn probe_with_key(key: &str) -> Algorithm {
    Algorithmia::client(key).expect("a client").algo(setting("CASES_PROBE"))
}

fn text<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}

/// The error of the platform or the algorithm inside the crate's own.
fn failure(reply: Result<AlgoResponse, algorithmia::error::Error>) -> Result<ApiErrorParts, String> {
    let error = match reply {
        Ok(_) => return Err("the call did not fail".into()),
        Err(error) => error,
    };
    let source = std::error::Error::source(&error).ok_or_else(|| text(&error))?;
    let api = source.downcast_ref::<ApiError>().ok_or_else(|| text(&error))?;
    Ok((api.message.clone(), api.error_type.clone(), api.stacktrace.clone()))
}

type ApiErrorParts = (String, Option<String>, Option<String>);

fn main() {
    let mut report = Report::default();
    calls(&mut report);
    options(&mut report);
    failures(&mut report);
    data_cases::check(&mut report);
    report.close();
}

fn calls(report: &mut Report) {
    report.check("text goes as a JSON string and comes back as text", || {
        let reply = probe("").pipe("HAL 9000").map_err(text)?;
        equal(reply.metadata.content_type.as_str(), "text")?;
        is_true(reply.metadata.duration > 0.0, "no duration")?;
        equal(reply.metadata.stdout.is_none() && reply.metadata.alerts.is_none(), true)?;
        equal(reply.as_string(), Some("HAL 9000"))
    });
    report.check("values go as JSON and are decoded to their type", || {
        let reply = probe("").pipe(vec![1, 2, 3]).map_err(text)?;
        equal(reply.metadata.content_type.as_str(), "json")?;
        equal(reply.decode::<Vec<i64>>().map_err(text)?, vec![1, 2, 3])
    });
    report.check("JSON given as text keeps its numbers and nesting", || {
        let value = json!({"b": [1, 2.5, true, null], "a": {"deep": ["x"]}, "big": 1_u64 << 60});
        let reply = probe("").pipe_json(&value.to_string()).map_err(text)?;
        equal(reply.decode::<Value>().map_err(text)?, value)
    });
    report.check("unit is JSON null", || {
        let reply = probe("").pipe(()).map_err(text)?;
        equal(reply.decode::<Value>().map_err(text)?, Value::Null)
    });
    report.check("bytes go in and come out as bytes", || {
        let value = vec![0_u8, 1, 255, 254];
        let reply = probe("").pipe(ByteVec::from(value.clone())).map_err(text)?;
        equal(reply.metadata.content_type.as_str(), "binary")?;
        equal(reply.as_bytes(), Some(value.as_slice()))
    });
    report.check("bytes made by the algorithm are bytes", || {
        let reply = probe("").pipe(json!({"do": "bytes"})).map_err(text)?;
        equal(reply.as_bytes(), Some([0_u8, 1, 255].as_slice()))
    });
    report.check("text and JSON beyond ASCII survive", || {
        equal(probe("").pipe("Grüße 漢字 😀").map_err(text)?.as_string(), Some("Grüße 漢字 😀"))?;
        let value = BTreeMap::from([("ключ".to_string(), "Ωmega \u{2028}".to_string())]);
        let reply = probe("").pipe(&value).map_err(text)?;
        equal(reply.decode::<BTreeMap<String, String>>().map_err(text)?, value)
    });
    report.check("a megabyte of text goes through", || {
        let value = "0123456789abcdef".repeat(65_536);
        let reply = probe("").pipe(value.as_str()).map_err(text)?;
        is_true(reply.as_string() == Some(value.as_str()), "it came back changed")
    });
    report.check("an algo:// address works", || {
        let path = format!("algo://{}", setting("CASES_PROBE"));
        let reply = Algorithmia::new().map_err(text)?.algo(path).pipe("x").map_err(text)?;
        equal(reply.as_string(), Some("x"))
    });
    report.check("the documents' examples of text, JSON and binary input", || {
        let client = Algorithmia::new().map_err(text)?;
        let hello = client.algo("algo://demo/Hello/0.1.1").pipe("HAL 9000").map_err(text)?;
        equal(hello.as_string(), Some("Hello HAL 9000"))?;
        let words = vec!["transformer", "terraforms", "retransform"];
        let anagrams = client.algo("WebPredict/ListAnagrams/0.1").pipe(words).map_err(text)?;
        equal(anagrams.decode::<Vec<String>>().map_err(text)?, vec!["transformer", "retransform"])?;
        let picture = fs::read(setting("CASES_PICTURE")).map_err(text)?;
        let small = client.algo("opencv/SmartThumbnail/0.1").pipe(ByteVec::from(picture)).map_err(text)?;
        is_true(small.as_bytes().map_or(false, |bytes| bytes.starts_with(b"\x89PNG")), "no PNG")
    });
    report.check("every form that names the version reaches it", || {
        let commit = format!("/{}", setting("CASES_PROBE_COMMIT"));
        for version in ["/0.1.0", "/0.1", "/0.1.*", "/0", "/0.*", "/latest", commit.as_str()] {
            let reply = probe(version).pipe("x").map_err(|error| format!("{}: {}", version, error))?;
            equal(reply.as_string(), Some("x"))?;
        }
        Ok(())
    });
}

fn options(report: &mut Report) {
    report.check("a call over its timeout fails with the exact text", || {
        let reply = probe("").timeout(1).pipe(json!({"do": "sleep", "seconds": 30}));
        equal(failure(reply)?, (TIMED_OUT.to_string(), Some("TimeoutError".to_string()), None))
    });
    report.check("the owner gets what was printed", || {
        let reply = probe("").stdout(true).pipe(json!({"do": "print"})).map_err(text)?;
        let printed = reply.metadata.stdout.unwrap_or_default();
        is_true(printed.contains("to stdout\n") && printed.contains("to stderr\n"), printed)
    });
    report.check("a stranger's wish for stdout is ignored", || {
        let mut algorithm = probe_with_key(&setting("CASES_STRANGER_KEY"));
        let reply = algorithm.stdout(true).pipe(json!({"do": "print"})).map_err(text)?;
        equal(reply.metadata.stdout, None::<String>)
    });
}

fn failures(report: &mut Report) {
    report.check("an exception arrives with message, type and stack trace", || {
        let (message, error_type, stacktrace) = failure(probe("").pipe(json!({"do": "juggle"})))?;
        equal(message.as_str(), "cannot juggle")?;
        equal(error_type.as_deref(), Some("AlgorithmError"))?;
        let stacktrace = stacktrace.unwrap_or_default();
        is_true(stacktrace.contains("ValueError: cannot juggle"), stacktrace)
    });
    report.check("the type that the algorithm gave arrives", || {
        let (_, error_type, _) = failure(probe("").pipe(json!({"do": "typed"})))?;
        equal(error_type.as_deref(), Some("InputError"))
    });
    report.check("a process that ends itself is reported", || {
        let (message, error_type, stacktrace) = failure(probe("").pipe(json!({"do": "exit"})))?;
        equal((message.as_str(), error_type.as_deref()), ("exited with code 3", Some("SystemExit")))?;
        equal(stacktrace, None::<String>)
    });
    report.check("an unknown algorithm and an unknown version are named in the error", || {
        for path in ["nobody_here/nothing".to_string(), format!("{}/9.9.9", setting("CASES_PROBE"))] {
            let reply = Algorithmia::new().map_err(text)?.algo(path.as_str()).pipe("x");
            equal(failure(reply)?.0, format!("algorithm algo://{} not found", path))?;
        }
        Ok(())
    });
    report.check("a wrong key is told by the exact text", || {
        let reply = probe_with_key("sim0000000000000000000000000").pipe("x");
        equal(failure(reply)?.0, "authorization required".to_string())
    });
    report.check("malformed JSON is refused with a reason", || {
        let (message, _, _) = failure(probe("").pipe_json("{\"a\":"))?;
        is_true(!message.is_empty(), "no message")
    });
}
