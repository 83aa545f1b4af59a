import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runSandboxed, type Sandboxed, whereIs } from '../../../test-fixtures/sandboxed.ts'
import type { Bind } from '../sandbox.ts'

const PROGRAMS = join(import.meta.dirname, '..', '..', '..', 'test-fixtures', 'programs')
const COMPILE_TIMEOUT_MS = 300_000

interface Program extends Omit<Sandboxed, 'command'> {
  readonly name: string
  /** Null where the machine lacks what it needs. */
  readonly script: string | null
}

/** What a program prints, or null where it is missing or fails. */
function ask(program: string, ...args: string[]): string | null {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}

const isThere = (program: string, script: string) => (whereIs(program)?.startsWith('/usr/') ? script : null)
const node: Bind = { source: process.execPath, target: '/opt/node/bin/node' }
const javaSettings = ['/etc/java-17-openjdk', '/etc/java-21-openjdk', '/etc/java-25-openjdk'].filter((path) =>
  existsSync(path),
)
const java = { binds: javaSettings.map((path) => ({ source: path, target: path })), timeoutMs: COMPILE_TIMEOUT_MS }
const compileJava = 'javac -d /tmp/classes /opt/programs/Ordinary.java'
const rust = ask('rustc', '--print', 'sysroot')
const goRoot = ask('go', 'env', 'GOROOT')

const programs: Program[] = [
  { name: 'Python', script: 'exec /usr/bin/python3 /opt/programs/ordinary.py' },
  { name: 'Node', script: 'exec /opt/node/bin/node /opt/programs/ordinary.mjs', binds: [node] },
  { name: 'Perl', script: isThere('perl', 'exec perl /opt/programs/ordinary.pl') },
  { name: 'a shell', script: 'exec sh /opt/programs/ordinary.sh' },
  { name: 'git', script: isThere('git', 'exec sh /opt/programs/ordinary-git.sh') },
  { name: 'a C compiler', script: isThere('gcc', 'gcc -O1 -pthread -o c /opt/programs/ordinary.c && exec ./c') },
  { name: 'Java', script: isThere('javac', `${compileJava} && exec java -cp /tmp/classes Ordinary`), ...java },
  {
    name: 'Java with memory that is no file of any folder',
    script: isThere('javac', `${compileJava} && exec java -XX:+UseZGC -Xmx256m -cp /tmp/classes Ordinary`),
    ...java,
    hasMemoryGroup: true,
  },
  {
    name: 'Go',
    script: goRoot && 'exec /opt/go/bin/go run /opt/programs/ordinary.go',
    binds: [{ source: goRoot ?? '', target: '/opt/go' }],
    env: { GOROOT: '/opt/go', GOTOOLCHAIN: 'local', GOCACHE: '/tmp/go-cache', GOTELEMETRY: 'off', CGO_ENABLED: '0' },
    timeoutMs: COMPILE_TIMEOUT_MS,
  },
  {
    name: 'Rust',
    script:
      rust &&
      'cargo init -q --vcs none --name ordinary p && cp /opt/programs/ordinary.rs p/src/main.rs && cd p && exec cargo run -q',
    binds: [{ source: rust ?? '', target: '/opt/rust' }],
    env: { PATH: '/opt/rust/bin:/usr/bin:/bin', CARGO_HOME: '/tmp/cargo' },
    timeoutMs: COMPILE_TIMEOUT_MS,
  },
  {
    name: 'npm',
    script: isThere(
      'npm',
      'mkdir one two && (cd one && npm init -y) >/dev/null && cd two && npm init -y >/dev/null && ' +
        // A link, or with Debian's npm a copy.
        'npm install --offline ../one >/dev/null && test -f node_modules/one/package.json && echo ok',
    ),
    timeoutMs: COMPILE_TIMEOUT_MS,
  },
  {
    name: 'pip',
    script:
      ask('/usr/bin/python3', '-c', 'import ensurepip, venv') === null
        ? null
        : '/usr/bin/python3 -m venv v && v/bin/pip list >/dev/null && echo ok',
    timeoutMs: COMPILE_TIMEOUT_MS,
  },
]

for (const { name, script, binds = [], ...options } of programs) {
  test(`${name} works under the filter`, { skip: script === null }, async () => {
    const ended = await runSandboxed({
      timeoutMs: 60_000,
      // The stricter of the two.
      hasMemoryGroup: false,
      ...options,
      command: ['/bin/sh', '-c', script ?? ''],
      binds: [{ source: PROGRAMS, target: '/opt/programs' }, ...binds],
    })
    assert.deepEqual([ended.code, ended.stdout], [0, 'ok\n'], ended.stderr)
  })
}
