/** The life of Rust algorithms on a server: the template untouched, edits old and new, crates of a registry, wrong builds. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { expectGreen, logOf, publish, push, pushGreen, type Workshop, waitForBuild } from '../lib/algorithms.ts'
import { answerOf, create, expectGreeting, failedLog } from '../lib/language-life.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { lacksToolchain, onlyWithAllLanguages } from '../lib/toolchains.ts'

const skip = lacksToolchain('rust')
const manifest = (dependencies: string) =>
  `[package]\nname = "Greeter"\nversion = "0.1.0"\nedition = "2021"\n\n[lib]\nname = "algorithm"\n\n[dependencies]\n${dependencies}`

describe('a Rust algorithm', { skip, timeout: 600_000 }, () => {
  let target: Target
  let shop: Workshop
  before(async () => {
    target = await startTarget()
    shop = await create(target, 'Greeter', 'rust')
  })
  after(() => target?.close())

  test('the template is built as it is, without a registry, and greets', async (t) => {
    const build = await expectGreen(shop, await waitForBuild(shop))
    await expectGreeting(t, shop, build.commit_sha, 'Hello Jane')
    assert.match(await logOf(shop, build), /^crate algorithmia: 2\.\S+, provided by the platform$/m)
  })

  test('an edit is built with what was compiled before, called by commit, published, and called by range', async (t) => {
    const program = `
pub fn load() -> Result<u64, String> {
    println!("loading");
    Ok(0)
}

pub async fn apply(input: String, calls: &mut u64) -> Result<String, String> {
    *calls += 1;
    println!("call {calls}");
    if input == "panic" { panic!("no {input}") }
    if input.is_empty() { return Err("no input".to_owned()) }
    Ok(format!("Good day, {input}!"))
}
`
    const startMs = performance.now()
    const sha = await pushGreen(shop, { 'src/lib.rs': program })
    t.diagnostic(`clone, push and build with unchanged crates: ${Math.round(performance.now() - startMs)} ms`)
    const build = await waitForBuild(shop, sha)
    assert.doesNotMatch(await logOf(shop, build), /Compiling algorithmia /)
    assert.equal((await answerOf(shop, sha, 'Ada')).result, 'Good day, Ada!')
    assert.equal((await answerOf(shop, sha, '')).error.message, 'no input')
    const { error } = await answerOf(shop, sha, 'panic')
    assert.equal(error.message, 'no panic')
    assert.equal(error.error_type, 'AlgorithmError')
    assert.match(error.stacktrace, /^panicked at src\/lib\.rs:\d+:\d+/)
    await publish(shop, { settings: { algorithm_callability: 'public' } })
    assert.equal((await answerOf(shop, '0.1.*', 'Ada')).result, 'Good day, Ada!')
  })

  test('the client sees files and other algorithms', async () => {
    const inner = await create(target, 'Inner', 'rust')
    await expectGreen(inner, await waitForBuild(inner))
    await publish(inner)
    const program = `
use algorithmia::prelude::*;

algorithmia::algo_entrypoint!(&str);

fn apply(input: &str) -> Result<JsonValue, Box<dyn std::error::Error>> {
    let client = Algorithmia::default();
    let notes = client.dir("data://.my/rust_notes");
    if !notes.exists()? {
        notes.create(algorithmia::data::DataAcl::default())?;
    }
    let file = client.file("data://.my/rust_notes/größe & more.txt");
    file.put(input)?;
    let names: Vec<String> = notes.list().map(|item| format!("{}", matches!(item, Ok(algorithmia::data::DataItem::File(_))))).collect();
    let text = file.get()?.into_string()?;
    let answer = client.algo("algo://${shop.owner.username}/Inner/0.1.0").pipe(text.as_str())?;
    let missing = client.algo("${shop.owner.username}/Nothing").pipe("x").err().map(|error| error.to_string());
    Ok([("names", names.join(",")), ("inner", answer.into_string().unwrap()), ("missing", missing.unwrap())]
        .map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}
`
    const sha = await pushGreen(shop, { 'src/lib.rs': program })
    const { result, error } = await answerOf(shop, sha, 'Zoë')
    assert.equal(error, undefined, error?.message)
    assert.equal(result.names, 'true')
    assert.equal(result.inner, 'Hello Zoë')
    assert.match(result.missing, /[Nn]o such|not found|not exist|[Aa]lgorithm/)
  })

  test('a program that exits ends with its code, and the next call is answered', async () => {
    const program =
      'pub fn apply(input: String) -> Result<String, String> { if input == "exit" { std::process::exit(3) } Ok(input) }\n'
    const sha = await pushGreen(shop, { 'src/lib.rs': program })
    const { error } = await answerOf(shop, sha, 'exit')
    assert.equal(error.error_type, 'SystemExit')
    assert.match(error.message, /exited with code 3/)
    assert.equal((await answerOf(shop, sha, 'on')).result, 'on')
  })

  test('crates come from the registry as the lock has them, and are kept for the next build', {
    skip: onlyWithAllLanguages,
  }, async (t) => {
    const program = `
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub struct Input { name: String, values: Vec<f64> }

#[derive(Serialize)]
pub struct Output { name: String, sum: f64 }

pub fn apply(input: Input) -> Result<Output, String> {
    Ok(Output { name: input.name, sum: input.values.iter().sum() })
}
`
    const dependencies = 'algorithmia = "3"\nserde = { version = "1", features = ["derive"] }\n'
    const build = await push(shop, { 'src/lib.rs': program, 'Cargo.toml': manifest(dependencies) })
    const log = await logOf(shop, build)
    if (/registry cannot be reached/.test(log)) return t.skip('no registry of crates answers')
    await expectGreen(shop, build)
    assert.match(log, /^resolved: serde 1\./m)
    const input = { name: 'ages', values: [8, 6.5] }
    assert.deepEqual((await answerOf(shop, build.commit_sha, input)).result, { name: 'ages', sum: 14.5 })
    assert.match(
      (await answerOf(shop, build.commit_sha, { name: 1 })).error.message,
      /failed to parse input as JSON into the expected type/,
    )
    const startMs = performance.now()
    const again = await push(shop, { 'notes.txt': 'changed\n' })
    t.diagnostic(`clone, push and build with unchanged crates: ${Math.round(performance.now() - startMs)} ms`)
    await expectGreen(shop, again)
    assert.doesNotMatch(await logOf(shop, again), /Compiling (?:serde|algorithmia) /)
    assert.deepEqual((await answerOf(shop, again.commit_sha, input)).result, { name: 'ages', sum: 14.5 })
  })

  test('a wrong build says which file, line or crate', async () => {
    const noEntry = await failedLog(shop, { 'Cargo.toml': manifest(''), 'src/lib.rs': 'fn apply() {}\n' })
    assert.match(noEntry, /error: src\/lib\.rs: expected `pub fn apply.*`apply` is not `pub`/)
    const wrongType = await failedLog(shop, {
      'src/lib.rs': 'pub fn apply(input: String) -> Result<String, String> {\n    Ok(input.len())\n}\n',
    })
    assert.match(wrongType, /error: src\/lib\.rs:2:8: mismatched types/)
    const notToml = await failedLog(shop, { 'Cargo.toml': '[package\n' })
    assert.match(notToml, /error: Cargo\.toml: /)
  })
})
