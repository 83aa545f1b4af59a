/** Builds Rust programs with the language's own build command: what needs no registry, and what is skipped without one. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  commandOutsideSandbox,
  environmentOutsideSandbox,
  LANGUAGES_FOLDER,
  missingPackages,
  pathOutsideSandbox,
  readLanguage,
  startBridge,
  temporaryFolder,
} from './bridge-process.ts'

/** The compiler is slow on a busy machine. */
const LIMIT_MS = 600_000
const language = readLanguage('rust')
const missing = missingPackages(language)
const skip = missing.length === 0 ? false : `this host lacks ${missing.join(' and ')}`

const PACKAGE = '[package]\nname = "case"\nversion = "0.1.0"\n'
const LIBRARY = `${PACKAGE}\n[lib]\nname = "algorithm"\n`
const GREETER = '#[macro_use]\nextern crate algorithmia;\n\nuse algorithmia::prelude::*;\n\nalgo_entrypoint!(&str);\n'

interface Built {
  readonly folder: string
  readonly code: number | null
  readonly log: string
}

function build(files: Readonly<Record<string, string>>): Built {
  const folder = temporaryFolder('algorist-rust-')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return buildIn(folder)
}

function buildIn(folder: string): Built {
  const [program = '', ...args] = commandOutsideSandbox(language, language.build)
  const env = {
    ...process.env,
    ...environmentOutsideSandbox(language),
    ALGORIST_BRIDGE: pathOutsideSandbox(language, '/opt/bridge'),
    ALGORIST_ALGORITHM: 'Case',
    // What is tested is the build, not how fast its program is.
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '0',
  }
  const done = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' })
  return { folder, code: done.status, log: `${done.stdout}${done.stderr}` }
}

/** What the program answers to each input, as `[type, kind, body]`, and its exit code. */
async function answers(folder: string, inputs: readonly (readonly [string, string])[]) {
  const bridge = startBridge({ language, folder, algorithmName: 'Case' })
  const frames: (readonly [string, string, string])[] = []
  try {
    for (const [index, [kind, text]] of inputs.entries()) bridge.send('C', kind, index + 1, Buffer.from(text, 'latin1'))
    bridge.finish()
    for (let frame = await bridge.next(); frame !== undefined; frame = await bridge.next()) {
      if (!'RS'.includes(frame.type)) frames.push([frame.type, frame.kind, frame.body.toString('latin1')])
    }
    return { frames, code: await bridge.exited }
  } finally {
    await bridge.close()
  }
}

/** False, with the reason as the test's, where no registry answers. */
function needsRegistry(test: TestContext, { log }: Built): boolean {
  const isMissing = /registry cannot be reached/.test(log)
  if (isMissing) test.skip('no registry of crates answers')
  return !isMissing
}

describe('build of a Rust algorithm', { skip }, () => {
  it('takes the template as it is', { timeout: LIMIT_MS }, async () => {
    const folder = temporaryFolder('algorist-rust-')
    cpSync(join(LANGUAGES_FOLDER, 'rust', 'template'), folder, { recursive: true })
    const manifest = join(folder, 'Cargo.toml')
    writeFileSync(
      manifest,
      readFileSync(manifest, 'utf8').replaceAll('__ALGO__', 'Greeter').replaceAll('__USER__', 'jane'),
    )
    const { log, code } = buildIn(folder)
    assert.equal(code, 0, log)
    assert.doesNotMatch(log, /warning/)
    assert.match(log, /provided by the platform/)
    assert.deepEqual(await answers(folder, [['t', 'Jane']]), { frames: [['V', 't', 'Hello Jane']], code: 0 })
  })

  it('takes a repository of 2017 with its own pipe, a git dependency and lints that are errors', {
    timeout: LIMIT_MS,
  }, async () => {
    const { folder, log, code } = build({
      'Cargo.toml': `${LIBRARY}\n[[bin]]\nname = "pipe"\npath = "bin/pipe.rs"\n\n[dependencies]\nalgorithmia = { git = "https://127.0.0.1:9/algorithmia.git", rev = "84dc1f3" }\n`,
      'bin/pipe.rs': 'extern crate serde_json;\nfn main() { this is not compiled }\n',
      'src/lib.rs': `#![deny(warnings)]\n${GREETER}\nfn apply(input: &str) -> Result<String, Box<::std::error::Error>> {\n    let unused = 1;\n    Ok(format!("Hello {}", try!(Ok::<_, String>(input))))\n}\n`,
    })
    assert.equal(code, 0, log)
    assert.match(log, /^algorithm: src\/lib\.rs: Algo$/m)
    assert.match(log, /algorithmia: taken from the platform, not from git\+/)
    assert.match(readFileSync(join(folder, 'Cargo.toml'), 'utf8'), /git = /)
    assert.deepEqual((await answers(folder, [['j', '"Jane"']])).frames, [['V', 't', 'Hello Jane']])
  })

  it('needs neither macro nor dependency for a function, with state and awaited', { timeout: LIMIT_MS }, async () => {
    const { folder, log, code } = build({
      'Cargo.toml': LIBRARY.replace('version = "0.1.0"', 'version = "0.1.0"\nedition = "2021"'),
      'src/lib.rs':
        'pub async fn load() -> Result<Vec<f64>, String> { Ok(vec![1.0]) }\n' +
        'pub async fn apply(input: Vec<f64>, sums: &mut Vec<f64>) -> Result<Vec<f64>, String> {\n' +
        '    sums.push(input.iter().sum());\n    Ok(sums.clone())\n}\n',
    })
    assert.equal(code, 0, log)
    assert.match(log, /^algorithm: src\/lib\.rs: load and apply$/m)
    assert.ok(!existsSync(join(folder, 'src/bin')) || !existsSync(join(folder, 'src/bin/pipe.rs')))
    assert.deepEqual((await answers(folder, [['j', '[1,2]']])).frames, [['V', 'j', '[1.0,3.0]']])
  })

  it('runs a program that brings its own pipe', { timeout: LIMIT_MS }, async () => {
    const { folder, log, code } = build({
      'Cargo.toml': PACKAGE,
      'src/main.rs': `use std::io::{self, BufRead, Write};
fn main() {
    println!("loading\\nPIPE_INIT_COMPLETE");
    let stdin = io::stdin();
    for line in stdin.lock().lines() {
        let line = line.unwrap();
        println!("got {}", line.len());
        if line.contains("exit") { std::process::exit(3) }
        let data = line.split("\\"data\\":").nth(1).unwrap();
        let mut answers = std::fs::OpenOptions::new().write(true).open("/tmp/algoout").unwrap();
        let kind = if line.contains("binary") { "binary" } else { "json" };
        writeln!(answers, "{{\\"result\\":{},\\"metadata\\":{{\\"content_type\\":\\"{}\\"}}}}", data.trim_end_matches('}'), kind).unwrap();
    }
}
`,
    })
    assert.equal(code, 0, log)
    const inputs = [
      ['j', '[1,2.0]'],
      ['b', '\x00\xff'],
      ['t', 'exit'],
    ] as const
    assert.deepEqual(await answers(folder, inputs), {
      frames: [
        ['O', '1', 'loading\n'],
        ['O', '1', 'got 38\n'],
        ['V', 'j', '[1,2.0]'],
        ['O', '1', 'got 39\n'],
        ['V', 'b', '\x00\xff'],
        ['O', '1', 'got 37\n'],
      ],
      code: 3,
    })
  })

  it('takes types of serde', { timeout: LIMIT_MS }, async (test) => {
    const built = build({
      'Cargo.toml': `${LIBRARY}\n[dependencies]\nalgorithmia = "2.0.0"\nserde = "1"\nserde_derive = "1"\nserde_json = "1"\n`,
      'src/lib.rs': `#[macro_use]\nextern crate algorithmia;\n#[macro_use]\nextern crate serde_derive;\n#[macro_use]\nextern crate serde_json;
use algorithmia::prelude::*;

#[derive(Deserialize)]
pub struct Input { name: String, values: Vec<u32> }

algo_entrypoint!(Input);
fn apply(input: Input) -> Result<JsonValue, Box<std::error::Error>> {
    let sum: u32 = input.values.iter().sum();
    Ok(json!({ "name": input.name, "sum": sum }))
}
`,
    })
    if (!needsRegistry(test, built)) return
    assert.equal(built.code, 0, built.log)
    const { frames } = await answers(built.folder, [['j', '{"name": "ages", "values": [8,6,7,5,3,0,9]}']])
    assert.deepEqual(frames, [['V', 'j', '{"name":"ages","sum":38}']])
  })

  it('takes the original crate unmodified when it is asked for by its exact version', {
    timeout: LIMIT_MS,
    // It compiles more than sixty crates, minutes of work.
    skip: process.env.ALGORIST_ALL_LANGUAGES === undefined && 'runs with bin/test --languages all',
  }, async (test) => {
    const built = build({
      'Cargo.toml': `${PACKAGE}edition = "2018"\n\n[dependencies]\nalgorithmia = { version = "=3.0.0-beta.3", default-features = false, features = ["handler", "reqwest"] }\n`,
      'src/main.rs':
        'use algorithmia::prelude::*;\nfn apply(name: String) -> Result<String, String> {\n' +
        '    if name == "bad" { return Err("not good".into()) }\n    Ok(format!("Hello {}", name))\n}\nfn main() { handler::run(apply) }\n',
    })
    if (!needsRegistry(test, built)) return
    assert.equal(built.code, 0, built.log)
    assert.match(built.log, /^resolved: algorithmia 3\.0\.0-beta\.3$/m)
    const { frames } = await answers(built.folder, [
      ['t', 'Jane'],
      ['t', 'bad'],
    ])
    assert.deepEqual(frames[0], ['V', 't', 'Hello Jane'])
    assert.match(String(frames[1]), /^E,j,\{"message":"not good"/)
  })
})

describe('a Rust build that cannot succeed', { skip, timeout: LIMIT_MS }, () => {
  for (const [what, files, expected] of [
    ['without a manifest', { 'src/lib.rs': '' }, /error: Cargo\.toml is missing; expected a package/],
    [
      'without an entry',
      { 'Cargo.toml': LIBRARY, 'src/lib.rs': 'fn other() {}\n' },
      /error: src\/lib\.rs: expected `pub fn apply/,
    ],
    [
      'with a git dependency that is dead',
      {
        'Cargo.toml': `${LIBRARY}\n[dependencies]\nmatrix = { git = "https://127.0.0.1:9/matrix.git" }\n`,
        'src/lib.rs': 'pub fn apply() {}\n',
      },
      /error: .*matrix.*a git repository in Cargo\.toml cannot be had/,
    ],
    [
      'that asks for a nightly compiler',
      {
        'Cargo.toml': LIBRARY,
        'src/lib.rs': '#![feature(test)]\npub fn apply(input: String) -> Result<String, String> { Ok(input) }\n',
      },
      /error: src\/lib\.rs:1:\d+: .*a nightly Rust/,
    ],
  ] as const) {
    it(`${what} says so in its last line`, () => {
      const { code, log } = build(files)
      assert.equal(code, 1, log)
      assert.match(log.trim().split('\n').at(-1) ?? '', expected)
    })
  }

  for (const [said, expected] of [
    ['error: failed to run custom build command for `openssl-sys v0.9.24`\n', /OpenSSL 1/],
    [
      'error[E0310]: old\n --> /x/rustc-serialize-0.3.24/src/s.rs:1\nerror: could not compile `rustc-serialize` (lib)',
      /0\.3\.25/,
    ],
    [
      'error: failed to select a version for the requirement `security-framework = "^0.1.9"`\n  version 0.1.9 is yanked\n',
      /taken back/,
    ],
    ['error: rustc 1.63.0 is not supported by the following package:\n', /a newer Rust/],
  ] as const) {
    it(`knows ${said.slice(0, 40)}…`, () => {
      const program = 'import sys; from diagnosis import diagnose; print(diagnose(sys.argv[1]))'
      const folder = join(LANGUAGES_FOLDER, 'rust')
      const { stdout } = spawnSync('/usr/bin/python3', ['-B', '-c', program, said], { cwd: folder, encoding: 'utf8' })
      assert.match(stdout, expected)
    })
  }

  for (const [requirement, version] of [
    ['^2.0.0', '2.1.3'],
    ['^2', '2.1.3'],
    ['=2.0.1', '2.0.1'],
    ['~1.2', '1.2.2'],
    ['^3.0.0-beta.3', '3.0.0-beta.3'],
    ['^3', '3.0.0'],
    ['*', '2.1.3'],
    ['>=1, <2', '1.4.0'],
    ['=2.1.9', '2.1.9'],
  ] as const) {
    it(`passes for ${version} where "${requirement}" is asked for`, () => {
      const program = 'import sys; from provided import version_for; print(version_for(sys.argv[1]))'
      const folder = join(LANGUAGES_FOLDER, 'rust')
      const { stdout } = spawnSync('/usr/bin/python3', ['-B', '-c', program, requirement], {
        cwd: folder,
        encoding: 'utf8',
      })
      assert.equal(stdout.trim(), version)
    })
  }
})
