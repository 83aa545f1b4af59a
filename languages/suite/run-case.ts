/**
 * Runs one case against a language's bridge, as a real process without a sandbox. What the case is, and for which languages
 * it runs, is said elsewhere (language-cases.ts).
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import {
  type BridgeProcess,
  casesFolder,
  commandOutsideSandbox,
  type Frame,
  type Language,
  startBridge,
} from './bridge-process.ts'
import type { Call, Case, ExpectedError } from './cases.ts'

/** Starts the bridge of a language on the program of a fixture. */
export type StartBridge = (fixture: string, algorithmName?: string) => BridgeProcess

/**
 * Hands `use` a way to start bridges, and ends all of them when it is done or `limitMs` are over.
 * @throws what `use` throws
 */
export async function withBridges(
  language: Language,
  limitMs: number,
  use: (start: StartBridge) => Promise<void>,
): Promise<void> {
  // Compilers run once, and are not what is timed.
  casesFolder(language)
  commandOutsideSandbox(language, language.run)
  const bridges: BridgeProcess[] = []
  const over = Promise.withResolvers<never>()
  const timer = setTimeout(() => over.reject(new Error(`not done within ${limitMs / 1000} s`)), limitMs)
  const start: StartBridge = (fixture, algorithmName = 'Case') => {
    const bridge = startBridge({ language, folder: join(casesFolder(language), fixture), algorithmName })
    bridges.push(bridge)
    return bridge
  }
  try {
    await Promise.race([use(start), over.promise])
  } finally {
    clearTimeout(timer)
    await Promise.all(bridges.map((bridge) => bridge.close()))
  }
}

/** @throws AssertionError saying what differs */
export async function runCase(start: StartBridge, wanted: Case): Promise<void> {
  const bridge = start(wanted.fixture, wanted.algorithmName)
  await expectLoad(bridge, wanted)
  for (const [index, call] of wanted.calls.entries()) await expectCall(bridge, index + 1, call)
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

/** Type, call and body of a frame, to compare. */
export function summary(frame: Frame | undefined): unknown {
  return frame && [frame.type, frame.call, frame.body.toString()]
}

function bytesOf(kind: string, text: string): Buffer {
  return Buffer.from(text, kind === 'b' ? 'latin1' : 'utf8')
}
