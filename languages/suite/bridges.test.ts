/** Runs the cases of every language that speaks frames against its bridge, as real processes without a sandbox. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import {
  type BridgeProcess,
  casesFolder,
  type Frame,
  LANGUAGES_FOLDER,
  type Language,
  missingPackages,
  readLanguage,
  startBridge,
} from './bridge-process.ts'
import { CASES, type Call, type Case, type ExpectedError } from './cases.ts'

const LIMIT_MS = 20_000
/** Programs in compiled languages are compiled before the first case. */
const PREPARE_LIMIT_MS = 300_000

/** `cases/differences.json`: replaced members of shared cases by name, each with a reason, and cases of its own. */
interface Differences {
  readonly differs: Readonly<Record<string, Partial<Case> & { readonly reason: string; readonly skip?: boolean }>>
  readonly own: readonly Case[]
}

for (const language of framedLanguages()) {
  const missing = missingPackages(language)
  const skip = missing.length === 0 ? false : `this host lacks ${missing.join(' and ')}`
  describe(`${language.id} bridge`, { skip }, () => {
    const differences = readDifferences(language)
    before(() => void casesFolder(language), { timeout: PREPARE_LIMIT_MS })
    const names = new Set(CASES.map((shared) => shared.name))
    it('differs only in cases that exist', () => {
      assert.deepEqual(
        Object.keys(differences.differs).filter((name) => !names.has(name)),
        [],
      )
    })
    for (const shared of CASES) {
      const { reason, skip, ...changed } = differences.differs[shared.name] ?? { reason: '' }
      const name = reason === '' ? shared.name : `${shared.name} (differs: ${reason})`
      it(name, { timeout: LIMIT_MS, skip: skip === true }, () => runCase(language, { ...shared, ...changed }))
    }
    for (const own of differences.own) it(own.name, { timeout: LIMIT_MS }, () => runCase(language, own))
    describeStream(language)
  })
}

/** What concerns the stream of frames rather than values. */
function describeStream(language: Language): void {
  it('ends with code 0 when the stream ends', { timeout: LIMIT_MS }, async () => {
    const bridge = start(language, 'echo')
    await bridge.next()
    bridge.finish()
    assert.equal(await bridge.exited, 0)
    assert.equal(bridge.plainOutput(), '')
  })

  it('answers calls that were sent ahead in order, each after its start mark', { timeout: LIMIT_MS }, async () => {
    const bridge = start(language, 'echo')
    await bridge.next()
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1)
    for (const number of numbers) bridge.send('C', 't', number, `call ${number}`)
    bridge.finish()
    for (const number of numbers) {
      assert.deepEqual(summary(await bridge.next()), ['S', number, ''])
      assert.deepEqual(summary(await bridge.next()), ['V', number, `call ${number}`])
    }
    assert.equal(await bridge.exited, 0)
  })

  for (const [kind, sizeMiB] of [
    ['b', 10],
    ['t', 12],
    ['j', 10],
  ] as const) {
    it(`carries ${sizeMiB} MiB of kind ${kind} both ways`, { timeout: LIMIT_MS }, async () => {
      const text = 'x'.repeat(sizeMiB * 1024 * 1024)
      const body = kind === 'j' ? `["${text}",""]` : text // of two: for R, an array of one is its element
      const bridge = start(language, 'echo')
      await bridge.next()
      bridge.send('C', kind, 1, body)
      await bridge.next()
      const answer = await bridge.next()
      assert.equal(answer?.kind, kind)
      assert.ok(answer?.body.equals(Buffer.from(body)))
      await bridge.close()
    })
  }

  it('survives 5 MiB of output', { timeout: LIMIT_MS }, async () => {
    const bridge = start(language, 'prints-a-lot')
    await bridge.next()
    bridge.send('C', 't', 1, 'x')
    let outputBytes = 0
    let frame = await bridge.next()
    for (; frame !== undefined && frame.type !== 'V'; frame = await bridge.next()) {
      if (frame.type === 'O') outputBytes += frame.body.length
    }
    assert.equal(outputBytes, 5 * 1024 * 1024)
    assert.equal(frame?.body.toString(), 'x')
    await bridge.close()
  })

  it('leaves the output of child processes to the plain pipes', { timeout: LIMIT_MS }, async () => {
    const bridge = start(language, 'starts-child')
    await bridge.next()
    bridge.send('C', 't', 1, 'x')
    await bridge.next()
    assert.deepEqual(summary(await bridge.next()), ['V', 1, 'x'])
    bridge.finish()
    await bridge.exited
    assert.equal(bridge.plainOutput(), 'from a child\n')
  })
}

async function runCase(language: Language, wanted: Case): Promise<void> {
  const bridge = start(language, wanted.fixture, wanted.algorithmName)
  try {
    await expectLoad(bridge, wanted)
    for (const [index, call] of wanted.calls.entries()) await expectCall(bridge, index + 1, call)
  } finally {
    await bridge.close()
  }
}

async function expectLoad(bridge: BridgeProcess, wanted: Case): Promise<void> {
  const { output, last } = await readUntil(bridge, 'RL')
  assert.deepEqual(
    output,
    (wanted.loadOutput ?? []).map(([kind, text]) => [kind, 0, text]),
  )
  if (wanted.loadError === undefined) {
    assert.equal(last?.type, 'R', last?.body.toString() ?? `ended: ${bridge.plainOutput()}`)
    return
  }
  assert.equal(last?.type, 'L')
  expectError(last?.body, wanted.loadError)
  assert.equal(await bridge.exited, 1)
}

async function expectCall(bridge: BridgeProcess, number: number, call: Call): Promise<void> {
  const [kind, input] = call.input
  bridge.send('C', kind, number, bytesOf(kind, input))
  const { output: earlier, last: mark } = await readUntil(bridge, 'S')
  assert.deepEqual(summary(mark), ['S', number, ''])
  assert.ok(
    earlier.every(([, owner]) => owner === 0),
    'output before the start mark belongs to no call',
  )
  if (call.silent) return expectSilence(bridge)
  const { output, last } = await readUntil(bridge, 'VE')
  assert.deepEqual(
    output,
    (call.output ?? []).map(([stream, text]) => [stream, number, text]),
  )
  if (call.exitCode !== undefined) {
    assert.equal(last, undefined)
    assert.equal(await bridge.exited, call.exitCode)
    return
  }
  assert.equal(last?.call, number)
  if (call.error !== undefined) {
    assert.equal(last?.type, 'E', last?.body.toString())
    return expectError(last?.body, call.error)
  }
  const [valueKind = 't', value = ''] = call.value ?? []
  assert.equal(last?.type, 'V', last?.body.toString())
  assert.equal(last?.kind, valueKind)
  assert.deepEqual(last?.body, bytesOf(valueKind, value))
}

async function expectSilence(bridge: BridgeProcess): Promise<void> {
  const waited = new Promise((resolve) => setTimeout(resolve, 300, 'silent'))
  assert.equal(await Promise.race([bridge.next(), waited]), 'silent')
}

function expectError(body: Buffer | undefined, wanted: ExpectedError): void {
  const error = JSON.parse(body?.toString() ?? 'null') as { message: string; stacktrace?: string; error_type: string }
  const part = wanted.message.replaceAll('…', '')
  if (part === wanted.message) assert.equal(error.message, part)
  else assert.ok(error.message.includes(part), `${error.message} has no ${part}`)
  if (wanted.type !== undefined) assert.equal(error.error_type, wanted.type)
  if (wanted.stacktrace !== undefined)
    assert.ok(error.stacktrace?.includes(wanted.stacktrace), `stack: ${error.stacktrace}`)
}

/** Reads up to a frame of one of `types`; neighbouring output of one stream and call is joined. */
async function readUntil(
  bridge: BridgeProcess,
  types: string,
): Promise<{ output: [string, number, string][]; last: Frame | undefined }> {
  const output: [string, number, string][] = []
  for (;;) {
    const frame = await bridge.next()
    if (frame === undefined || types.includes(frame.type)) return { output, last: frame }
    assert.equal(frame.type, 'O')
    const previous = output.at(-1)
    const text = frame.body.toString('latin1')
    if (previous?.[0] === frame.kind && previous[1] === frame.call) previous[2] += text
    else output.push([frame.kind, frame.call, text])
  }
}

function summary(frame: Frame | undefined): unknown {
  return frame && [frame.type, frame.call, frame.body.toString()]
}

function bytesOf(kind: string, text: string): Buffer {
  return Buffer.from(text, kind === 'b' ? 'latin1' : 'utf8')
}

function start(language: Language, fixture: string, algorithmName = 'Case'): BridgeProcess {
  return startBridge({ language, folder: join(casesFolder(language), fixture), algorithmName })
}

function framedLanguages(): Language[] {
  const folders = readdirSync(LANGUAGES_FOLDER).filter((name) =>
    existsSync(join(LANGUAGES_FOLDER, name, 'language.json')),
  )
  return folders.map(readLanguage).filter((language) => language.protocol === 'frames')
}

function readDifferences(language: Language): Differences {
  const file = join(LANGUAGES_FOLDER, language.id, 'cases', 'differences.json')
  return JSON.parse(readFileSync(file, 'utf8')) as Differences
}
