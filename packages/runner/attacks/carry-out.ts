/**
 * Carries out one attack in one cell and says what came of it. Owns how steps reach a worker or a build and how their
 * answers come back; not what counts as contained (judge in attack.ts and in the attack itself).
 */
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { CallOutcome } from '../src/types.ts'
import type { Caller, Files } from '../test-fixtures/harness.ts'
import type { Answer, Attack, AttackLanguage, Evidence, Step } from './attack.ts'
import { call } from './attack.ts'
import type { AttackGround } from './ground.ts'
import { buildFiles, RESULTS_FILE } from './programs.ts'

const CALL_MS = 30_000
const BUILD_MS = 120_000
const POLL_MS = 60
const MEMORY_POLL_MS = 400

export interface Attacker {
  readonly language: AttackLanguage
  readonly accountId: string
  readonly hostUid: number
  /** Its worker has answered one call and nothing else. */
  isFresh: boolean
}

/** Accounts that attack; each language has its own, and an accomplice. */
export function attackerOf(language: AttackLanguage, column: number): Attacker {
  const offset = 20 + column * 10 + ['python3', 'javascript', 'native'].indexOf(language)
  return { language, accountId: `attacker-${offset}`, hostUid: offset, isFresh: false }
}

export interface CallOptions {
  readonly ground: AttackGround
  readonly attack: Attack
  readonly attacker: Attacker
  readonly caller: Caller
}

/** One attack by calls. @throws Error when the attacker's program does not work, which would contain everything */
export async function attackByCall({ ground, attack, attacker, caller }: CallOptions): Promise<Evidence> {
  const { accountId, hostUid } = attacker
  const target = ground.target('run')
  const as = (steps: readonly Step[], timeLeftMs = CALL_MS, who = { accountId, hostUid }) =>
    caller(textOfSteps(steps), { ...who, timeLeftMs })
  const refresh = async () => {
    await ground.bench.runner.recycle({ accountId })
    await expectWorking(as)
    attacker.isFresh = true
  }
  if (attack.isAlone && !attacker.isFresh) await refresh()
  attacker.isFresh = false
  if (attack.accomplice) {
    await as(attack.accomplice(target), CALL_MS, { accountId: `${accountId}-accomplice`, hostUid: hostUid + 500 })
  }
  const steps = attack.steps(target)
  const memory = watchMemory([attack])
  const outcome = await as(steps, attack.timeLeftMs)
  const answers = answersOf(steps, outcome)
  if (attack.afterwards) {
    await delay(attack.afterwards.afterMs)
    answers.push(...answersOf(attack.afterwards.steps, await as(attack.afterwards.steps)))
  }
  const runnerGrewBytes = memory.stop()
  // Whatever an attack did to its own worker, the next call has to find one that works.
  if (attack.isAlone) await refresh()
  const ending = outcome.kind === 'result' ? '' : outcome.message
  return { answers, ending, succeeded: outcome.kind === 'result', runnerGrewBytes, artifact: null }
}

async function expectWorking(as: (steps: readonly Step[]) => Promise<CallOutcome>): Promise<void> {
  const outcome = await as([call('getpid')])
  const answer = outcome.kind === 'result' ? outcome.body.toString() : outcome.message
  if (!answer.startsWith('ok\t')) throw new Error(`The attacker's program does not work: ${answer}`)
}

export interface BuildOptions {
  readonly ground: AttackGround
  /** More than one only if none is alone. */
  readonly attacks: readonly Attack[]
  readonly attacker: Attacker
}

/** Attacks by one build, after one by their accomplices. */
export async function attackByBuild({ ground, attacks, attacker }: BuildOptions): Promise<Evidence[]> {
  const target = ground.target('build')
  const helped = attacks.flatMap((attack) => attack.accomplice?.(target) ?? [])
  if (helped.length > 0) await buildOnce({ ground, attacker, lists: [helped], files: {} })
  const lists = attacks.map((attack) => attack.steps(target))
  const files = Object.assign({}, ...attacks.map((attack) => attack.files ?? {}))
  const memory = watchMemory(attacks)
  const built = await buildOnce({ ground, attacker, lists, files })
  const runnerGrewBytes = memory.stop()
  return lists.map((steps, index) => ({
    answers: pair(steps, built.lines[index] ?? []),
    ending: built.ending,
    succeeded: built.ending === '',
    runnerGrewBytes,
    artifact: built.artifact,
  }))
}

interface BuildOnce {
  readonly ground: AttackGround
  readonly attacker: Attacker
  readonly lists: readonly (readonly Step[])[]
  readonly files: Files
}

interface BuiltOnce {
  /** Of each list. */
  readonly lines: readonly (readonly string[])[]
  readonly ending: string
  readonly artifact: string | null
}

/** A build that may fail or be killed: its answers are looked at from the host while it runs. */
async function buildOnce({ ground, attacker, lists, files }: BuildOnce): Promise<BuiltOnce> {
  const id = randomUUID()
  const text = lists.map((steps) => `== ${id}\n${textOfSteps(steps)}`).join('')
  const { bench } = ground
  const results = watchResults(join(bench.home, 'builds'), id)
  const { accountId, hostUid, language } = attacker
  const owner = { accountId: `${accountId}-owner`, hostUid: hostUid + 250 }
  const { result, log } = await bench.build(buildFiles(language, text, files), { language, owner, timeoutMs: BUILD_MS })
  const artifact = result.status === 'succeeded' ? join(bench.home, 'artifacts', result.artifact) : null
  const file = artifact === null ? null : join(artifact, RESULTS_FILE)
  const seen = results.stop()
  const found = file !== null && existsSync(file) ? readFileSync(file, 'utf8') : seen
  const secret = ground.secrets.find((each) => log.includes(each))
  return {
    lines: found
      .split(`== ${id}\n`)
      .slice(1)
      .map((part) => part.split('\n').filter(Boolean)),
    ending:
      result.status === 'succeeded' ? '' : `${result.reason}${secret === undefined ? '' : ` The log has ${secret}.`}`,
    artifact,
  }
}

function watchResults(builds: string, id: string): { stop(): string } {
  let seen = ''
  const look = () => {
    for (const name of readdirSync(builds)) {
      try {
        const text = readFileSync(join(builds, name, 'tree', RESULTS_FILE), 'utf8')
        if (text.startsWith(`== ${id}\n`)) seen = text
      } catch {}
    }
  }
  const timer = setInterval(look, POLL_MS)
  return {
    stop() {
      clearInterval(timer)
      return seen
    },
  }
}

/** What the runner holds on to, garbage not counted, at the time when it is most; for attacks that set a bound to it. */
function watchMemory(attacks: readonly Attack[]): { stop(): number } {
  if (attacks.every(({ mostGrowthBytes }) => mostGrowthBytes === undefined)) return { stop: () => 0 }
  const before = heldBytes()
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, heldBytes())
  }, MEMORY_POLL_MS)
  return {
    stop() {
      clearInterval(timer)
      return Math.max(peak, heldBytes()) - before
    },
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function heldBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const textOfSteps = (steps: readonly Step[]) => steps.map(({ line }) => `${line}\n`).join('')

function answersOf(steps: readonly Step[], outcome: CallOutcome): Answer[] {
  return outcome.kind === 'result' ? pair(steps, outcome.body.toString().split('\n').filter(Boolean)) : []
}

function pair(steps: readonly Step[], lines: readonly string[]): Answer[] {
  return steps.slice(0, lines.length).map((step, index) => {
    const [word = '', ...text] = (lines[index] ?? '').split('\t')
    return { step, works: word === 'ok', text: text.join(' ') }
  })
}

function delay(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs))
}
