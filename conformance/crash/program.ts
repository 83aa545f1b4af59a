/**
 * `node program.ts kill|power [--rounds N] [--seed N]`: one run, in namespaces of its own where the machine allows it, so
 * that mounts, loop devices and processes end with it however it ends. Exit code 0: no violation; 1: violations;
 * 3: this machine cannot do it, the reason is printed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createDisk } from './disk.ts'
import { CANNOT, KINDS, type Kind } from './machine.ts'
import { run } from './run.ts'

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string' }, seed: { type: 'string' }, isolated: { type: 'boolean' } },
  })
  const kind = KINDS.find((known) => known === positionals[0])
  if (!kind) throw new Error(`Expected ${KINDS.join(' or ')}, got ${positionals[0]}`)
  const isIsolated = values.isolated === true
  if (!isIsolated && (await runIsolated('true', [])) === 0) {
    return runIsolated(process.execPath, [import.meta.filename, ...process.argv.slice(2), '--isolated'])
  }
  const reason = kind === 'power' ? await whyNoDisk(isIsolated) : null
  if (reason) {
    print(`cannot cut the power: ${reason}`)
    return CANNOT
  }
  return runOnce(kind, { seed: Number(values.seed ?? Date.now() % 1_000_000), rounds: Number(values.rounds ?? 10) })
}

async function runOnce(kind: Kind, { seed, rounds }: { seed: number; rounds: number }): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'alg-crash-'))
  await chmod(folder, 0o755)
  print(`${kind}: seed ${seed}, ${rounds} rounds, in ${folder}`)
  const violations = await run({ kind, seed, rounds, folder, print })
  if (violations.length === 0) {
    await rm(folder, { recursive: true, force: true })
    return 0
  }
  print(`seed ${seed}: violations; history, server log and data are kept in ${folder}`)
  for (const line of violations) print(line)
  return 1
}

/** Runs a program in namespaces of its own: all its processes end with its first, and all its mounts with them. */
async function runIsolated(program: string, args: readonly string[]): Promise<number> {
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const child = spawn('unshare', [...namespaces, program, ...args], {
    stdio: ['ignore', 'inherit', program === 'true' ? 'ignore' : 'inherit'],
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => child.kill('SIGKILL'))
  const [code] = await Promise.race([once(child, 'exit'), once(child, 'error').then(() => [1])])
  return code ?? 1
}

/** Tries it out. */
async function whyNoDisk(isIsolated: boolean): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'mounting an image needs root'
  if (!isIsolated) return 'unshare(1) cannot make a mount namespace here'
  const folder = await mkdtemp(join(tmpdir(), 'alg-crash-try-'))
  try {
    const disk = await createDisk(folder)
    await disk.snapshot()
    await disk.restoreSnapshot()
    await disk.close()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

process.exitCode = await main()
