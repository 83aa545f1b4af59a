/**
 * Runs test files on a host with cgroup v2: a virtual machine with Debian 12's own kernel and systemd, emulated, so that
 * it works on any x86-64 machine. README.md has the how and why. Owns the command line; the root file system is image.ts's,
 * the machine machine.ts's, and what happens inside is guest/run-tests.sh's.
 */
import { parseArgs } from 'node:util'
import { prepareImage } from './image.ts'
import { runMachine } from './machine.ts'

/** Who the tests run as, in this order. */
const IDENTITIES = ['root', 'delegated', 'session', 'user'] as const
const DEFAULT_FILES = ['packages/runner/src/sandbox/groups/*.test.ts', 'packages/runner/src/sandbox/sandbox.test.ts']
const DEFAULT_LIMIT_MINUTES = 60

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { as: { type: 'string' }, minutes: { type: 'string' } },
})
const identities = values.as?.split(',') ?? IDENTITIES
const unknown = identities.filter((name) => !IDENTITIES.some((known) => known === name))
if (unknown.length > 0) throw new Error(`Unknown identity: ${unknown.join(', ')}. Known: ${IDENTITIES.join(', ')}`)

process.exitCode = await runMachine({
  image: await prepareImage(),
  identities,
  files: positionals.length > 0 ? positionals : DEFAULT_FILES,
  limitMs: Number(values.minutes ?? DEFAULT_LIMIT_MINUTES) * 60_000,
})
