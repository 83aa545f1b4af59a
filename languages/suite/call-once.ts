/** One call of a program by its bridge: started, asked, ended. For suites that are about what was built, not about calls. */
import assert from 'node:assert/strict'
import { type BridgeProcess, startBridge } from './bridge-process.ts'

type Started = Parameters<typeof startBridge>[0]

/**
 * Calls with a text, whatever the answer.
 *
 * @returns type of the frame (`V`, `E`, `L`) and what it says; `end` and what the process printed when none came
 */
export async function callOnce(started: Started, text: string): Promise<[type: string, body: string]> {
  const bridge = startBridge(started)
  const answer = await ask(bridge, text)
  await bridge.close()
  return answer
}

/** Calls with a text; there has to be an answer, whose body is returned, and the process has to end well. */
export async function resultOnce(started: Started, text: string): Promise<string> {
  const bridge = startBridge(started)
  const [type, body] = await ask(bridge, text)
  assert.equal(await bridge.exited, 0, body)
  assert.notEqual(type, 'end', `no answer; it printed: ${body}`)
  return body
}

async function ask(bridge: BridgeProcess, text: string): Promise<[string, string]> {
  bridge.send('C', 't', 1, text)
  bridge.finish()
  let frame = await bridge.next()
  while (frame !== undefined && !'VEL'.includes(frame.type)) frame = await bridge.next()
  return frame === undefined ? ['end', bridge.plainOutput()] : [frame.type, frame.body.toString()]
}
