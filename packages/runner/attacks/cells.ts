/**
 * Carries out all attacks under the uid that runs it, in one kind of sandbox, and prints each finding as a line of JSON.
 * Started by suite.ts for each kind, as it is and as an ordinary user; the secret in its environment is one that no attack may
 * read.
 */
import { type Caller, isRoot, processesWith, textOf, until } from '../test-fixtures/harness.ts'
import { type Attack, type AttackLanguage, anyThatWorked, type Evidence, type Phase, read, shell } from './attack.ts'
import { type Attacker, attackByBuild, attackByCall, attackerOf } from './carry-out.ts'
import { type AttackGround, openGround } from './ground.ts'
import { ATTACKS } from './list/all.ts'
import { RUN_FILES } from './programs.ts'
import { AFTERWARDS, type Finding, SANDBOXES, type SandboxKind, UNAVAILABLE } from './sandboxes.ts'

const [, , name = '', only = ''] = process.argv
const MIB = 1024 * 1024
/** Behind those of calls. */
const BUILD_COLUMN = SANDBOXES.length * 2
const serverSecret = process.env.ATTACK_SECRET ?? ''

const kind = SANDBOXES.find((each) => each.name === name)
if (kind === undefined) throw new Error(`No sandbox is called "${name}"`)
const ground = await openGround(serverSecret, kind.options)
try {
  await carryOutAll(ground, kind)
  await lookAround(ground, kind)
} finally {
  await ground.close()
}

/** Languages beside each other, in one column after another. */
async function carryOutAll(ground: AttackGround, kind: SandboxKind): Promise<void> {
  const artifacts = await Promise.all(kind.languages.map((language) => buildProgram(ground, language)))
  for (const [position, network] of kind.networks.entries()) {
    const column = SANDBOXES.indexOf(kind) * 2 + position
    await Promise.all(
      kind.languages.map((language, index) =>
        run({ ground, kind, network, attacker: attackerOf(language, column), artifact: artifacts[index] ?? '' }),
      ),
    )
  }
  if (kind.hasBuilds) {
    await Promise.all(kind.languages.map((language) => build(ground, kind, attackerOf(language, BUILD_COLUMN))))
  }
}

/** One line of output. */
function tell(finding: Finding): void {
  process.stdout.write(`${JSON.stringify(finding)}\n`)
}

async function buildProgram({ bench }: AttackGround, language: AttackLanguage): Promise<string> {
  const { result, log } = await bench.build(RUN_FILES[language], { language, timeoutMs: 120_000 })
  if (result.status === 'failed') throw new Error(`${language}: ${result.reason}\n${log}`)
  return result.artifact
}

interface Cell {
  readonly ground: AttackGround
  readonly kind: SandboxKind
  readonly network: 'isolated' | 'full'
  readonly attacker: Attacker
  readonly artifact: string
}

async function run({ ground, kind, network, attacker, artifact }: Cell): Promise<void> {
  const { language, accountId } = attacker
  const caller = ground.bench.callerOf(artifact, { language, network })
  const column = `${kind.name} ${network} run`
  const first = await caller('', attacker)
  if (first.kind === 'refused') {
    tell({ attack: UNAVAILABLE, column, language, problem: null, wasSeen: null, tookMs: 0 })
    return
  }
  const { zygotes } = kind.options
  const occupied = zygotes === 'version' ? await occupyVersion(ground, caller, attacker) : []
  if (zygotes !== undefined && language === 'javascript') await endFirst(ground)
  if (zygotes !== undefined) await expectForked(caller, attacker)
  const attacks = chosen('run', language).filter(
    ({ isAlone }) => isAlone !== true || hasAloneOnes(kind, network, language),
  )
  const countOf = (attack: Attack) => attack.steps(ground.target('run')).length
  for (const attack of attacks) {
    const finish = begin({ ground, attack, language, accountId, column })
    await finish('run', async () =>
      expectAnswers(await attackByCall({ ground, attack, attacker, caller }), attack, countOf(attack)),
    )
  }
  for (const requestId of occupied) ground.bench.runner.cancel(requestId)
}

/**
 * How a worker comes to its end does not depend on its network: once is enough where that takes a worker each. The
 * template of a version would end as well.
 */
function hasAloneOnes({ options }: SandboxKind, network: string, language: AttackLanguage): boolean {
  return options.zygotes !== 'version' && (network === 'isolated' || language === 'native')
}

/** Keeps two workers busy: further ones are forked from a template that has loaded the version. Returns those calls. */
async function occupyVersion({ bench }: AttackGround, caller: Caller, attacker: Attacker): Promise<string[]> {
  const requestIds = ['req-occupied-1', 'req-occupied-2']
  const before = bench.log.length
  for (const requestId of requestIds) {
    void caller(`${shell('sleep 300').line}\n`, { ...attacker, requestId, timeLeftMs: 300_000 })
  }
  await until(() => bench.log.slice(before).some((line) => line.startsWith('version can be forked')), 60_000)
  return requestIds
}

/** The first worker of an account is started by itself where programs are started ahead. */
async function endFirst({ bench: { runner } }: AttackGround): Promise<void> {
  await until(() => (runner.templates()?.readyRuntimes ?? 0) > 0, 60_000)
  await runner.recycle({})
}

/** A worker that was started the usual way would prove nothing about forks. */
async function expectForked(caller: Caller, attacker: Attacker): Promise<void> {
  const answer = textOf(await caller(`${read('/proc/self/cmdline').line}\n`, attacker))
  const isForked = attacker.language === 'javascript' ? answer.includes('wait') : answer.includes('zygote')
  if (!isForked) throw new Error(`Workers are not forked: ${answer}`)
}

async function build(ground: AttackGround, kind: SandboxKind, attacker: Attacker): Promise<void> {
  const { language } = attacker
  const accountId = `${attacker.accountId}-owner`
  const all = chosen('build', language)
  const together = all.filter(({ isAlone }) => !isAlone)
  const alone = all.filter(({ isAlone }) => isAlone).map((attack) => [attack])
  for (const attacks of [...(together.length > 0 ? [together] : []), ...alone]) {
    const begun = attacks.map((attack) => begin({ ground, attack, language, accountId, column: `${kind.name} build` }))
    const evidences = attackByBuild({ ground, attacks, attacker })
    for (const [index, finish] of begun.entries()) {
      const attack = attacks[index]
      const count = attack?.steps(ground.target('build')).length ?? 0
      await finish('build', async () => expectAnswers((await evidences)[index], attack, count))
    }
  }
}

/** Steps that were not tried prove nothing. What is alone may end before it has answered. */
function expectAnswers(evidence: Evidence | undefined, attack: Attack | undefined, count: number): Evidence {
  if (evidence === undefined || attack === undefined) throw new Error('The build said nothing')
  if (attack.isAlone || evidence.answers.length >= count) return evidence
  throw new Error(`Only ${evidence.answers.length} of ${count} steps were answered: ${evidence.ending}`)
}

interface Begun {
  readonly ground: AttackGround
  readonly attack: Attack
  readonly language: AttackLanguage
  /** Whose name the operator reads. */
  readonly accountId: string
  readonly column: string
}

/** Returns the function that carries the attack out and tells what came of it. */
function begin({ ground, attack, language, accountId, column }: Begun) {
  const logged = ground.bench.log.length
  const startedAtMs = performance.now()
  return async (phase: Phase, carryOut: () => Promise<Evidence>): Promise<void> => {
    const problem = await problemOf(ground, attack, phase, carryOut)
    const wasSeen = isSeen(ground, attack, logged, accountId)
    const tookMs = Math.round(performance.now() - startedAtMs)
    tell({ attack: attack.name, column, language, problem, wasSeen, tookMs })
  }
}

function chosen(phase: Phase, language: AttackLanguage): Attack[] {
  return ATTACKS.filter(
    ({ name, phases = [phase], languages = [language] }) =>
      name.includes(only) && phases.includes(phase) && languages.includes(language),
  )
}

/** What the attack achieved, or null: by itself, by what it brought home, by what a neighbour noticed. */
async function problemOf(
  ground: AttackGround,
  attack: Attack,
  phase: Phase,
  carryOut: () => Promise<Evidence>,
): Promise<string | null> {
  const failuresBefore = ground.neighbour.failures.length
  try {
    const evidence = await carryOut()
    const said = `${evidence.answers.map(({ text }) => text).join('\n')}\n${evidence.ending}`
    const secret = ground.secrets.find((each) => said.includes(each))
    if (secret !== undefined) return `brought home ${secret.split('-')[0]}`
    const own = (attack.succeededBy ?? anyThatWorked)(evidence, ground.target(phase)) ?? growthOf(evidence, attack)
    if (own !== null) return own
  } catch (error) {
    return (error as Error).message
  }
  const failure = ground.neighbour.failures[failuresBefore]
  return failure === undefined ? null : `a neighbour's call got: ${failure.slice(0, 200)}`
}

/** What the runner was made to hold, when that is too much. */
function growthOf(
  { runnerGrewBytes }: Evidence,
  { mostGrowthBytes = Number.POSITIVE_INFINITY }: Attack,
): string | null {
  return runnerGrewBytes > mostGrowthBytes ? `the runner grew by ${Math.round(runnerGrewBytes / MIB)} MiB` : null
}

/** Whether the operator was told; null for what a refusal of the kernel says to the attacker alone. */
function isSeen({ bench }: AttackGround, { seenAs }: Attack, logged: number, accountId: string): boolean | null {
  // Where memory is only watched, the kernel may refuse it before the watch has looked.
  if (seenAs === undefined || (seenAs === 'memory' && !isRoot)) return null
  return bench.log
    .slice(logged)
    .some((line) => line.startsWith('contained') && line.includes(`"${seenAs}"`) && line.includes(`"${accountId}"`))
}

/** After everything: is anything changed or left? */
async function lookAround(ground: AttackGround, kind: SandboxKind): Promise<void> {
  const { mark } = ground.target('run')
  await ground.bench.runner.recycle({})
  const left = () => processesWith(`sleep ${mark}`)
  await until(() => left().length === 0, 5000).catch(() => {})
  const problems = [...ground.damage(), ...left().map((line) => `a process was left: ${line}`)]
  if (ground.neighbour.calls() < 10) problems.push('the neighbour was hardly called')
  const problem = problems[0] ?? null
  const slowest = `${Math.round(ground.neighbour.slowestMs())} ms`
  tell({ attack: AFTERWARDS, column: kind.name, language: slowest, problem, wasSeen: null, tookMs: 0 })
}
