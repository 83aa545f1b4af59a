/** The life of Rust algorithms on a server: the template untouched, edits old and new, crates of a registry, wrong builds. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  commit,
  createAlgorithm,
  expectGreen,
  gitOrFail,
  publish,
  pushGreen,
  type Workshop,
  waitForBuild,
  withClone,
} from '../lib/algorithms.ts'
import { curlJson, type Json } from '../lib/curl.ts'
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
    shop = await create('Greeter')
  })
  after(() => target?.close())

  const create = async (name: string): Promise<Workshop> => {
    const owner = { username: target.username, key: target.key }
    return (await createAlgorithm(target, owner, { name, language: 'rust' })).shop
  }

  const answerOf = ({ owner, callUrl }: Workshop, selector: string, json: unknown): Promise<Json> =>
    curlJson('POST', `${callUrl}/${selector}`, { key: owner.key, json })

  async function logOf({ owner, url }: Workshop, build: Json): Promise<string> {
    return (await curlJson('GET', `${url}/builds/${build.build_id}/logs`, { key: owner.key })).logs
  }

  /** Pushes files and answers the build with its log, however it ends. */
  async function pushed(files: Readonly<Record<string, string>>): Promise<{ sha: string; build: Json; log: string }> {
    return withClone(shop, async (folder) => {
      const sha = await commit(folder, files)
      await gitOrFail(folder, 'push', '-q')
      const build = await waitForBuild(shop, sha)
      return { sha, build, log: await logOf(shop, build) }
    })
  }

  async function failedLog(files: Readonly<Record<string, string>>): Promise<string> {
    const { build, log } = await pushed(files)
    assert.equal(build.status, 'failed', log)
    return log
  }

  test('the template is built as it is, without a registry, and greets', async (t) => {
    const build = await expectGreen(shop, await waitForBuild(shop))
    const startMs = performance.now()
    const { result, metadata } = await answerOf(shop, build.commit_sha, 'Jane')
    t.diagnostic(`first call ever: ${Math.round(performance.now() - startMs)} ms`)
    assert.equal(result, 'Hello Jane')
    assert.equal(metadata.content_type, 'text')
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
    const inner = await create('Inner')
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
    const { sha, build, log } = await pushed({ 'src/lib.rs': program, 'Cargo.toml': manifest(dependencies) })
    if (/registry cannot be reached/.test(log)) return t.skip('no registry of crates answers')
    await expectGreen(shop, build)
    assert.match(log, /^resolved: serde 1\./m)
    const input = { name: 'ages', values: [8, 6.5] }
    assert.deepEqual((await answerOf(shop, sha, input)).result, { name: 'ages', sum: 14.5 })
    assert.match(
      (await answerOf(shop, sha, { name: 1 })).error.message,
      /failed to parse input as JSON into the expected type/,
    )
    const startMs = performance.now()
    const again = await pushed({ 'notes.txt': 'changed\n' })
    t.diagnostic(`clone, push and build with unchanged crates: ${Math.round(performance.now() - startMs)} ms`)
    await expectGreen(shop, again.build)
    assert.doesNotMatch(again.log, /Compiling (?:serde|algorithmia) /)
    assert.deepEqual((await answerOf(shop, again.sha, input)).result, { name: 'ages', sum: 14.5 })
  })

  test('a wrong build says which file, line or crate', async () => {
    const noEntry = await failedLog({ 'Cargo.toml': manifest(''), 'src/lib.rs': 'fn apply() {}\n' })
    assert.match(noEntry, /error: src\/lib\.rs: expected `pub fn apply.*`apply` is not `pub`/)
    const wrongType = await failedLog({
      'src/lib.rs': 'pub fn apply(input: String) -> Result<String, String> {\n    Ok(input.len())\n}\n',
    })
    assert.match(wrongType, /error: src\/lib\.rs:2:8: mismatched types/)
    const notToml = await failedLog({ 'Cargo.toml': '[package\n' })
    assert.match(notToml, /error: Cargo\.toml: /)
  })
})
