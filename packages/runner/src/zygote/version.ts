/** Makes a fork of an environment load a version and be the template of further workers of it (decision 0044). */
import type { Socket } from 'node:net'
import type { Launched } from '../launch.ts'
import { killGroup } from '../sandbox/sandbox.ts'
import type { Arrivals } from './arrivals.ts'
import { createLineReader } from './line-reader.ts'
import { createTemplate, type Template } from './template.ts'

/**
 * @param launched the fork that loads the version; its stream is the control protocol
 * @param timeoutMs it is ended when it takes longer to load
 * @throws Error with the reason when what it has loaded cannot be forked
 */
export async function loadVersion(launched: Launched, arrivals: Arrivals, timeoutMs: number): Promise<Template> {
  const control = launched.child.stdio[3] as Socket
  const timer = setTimeout(() => killGroup(launched.child), timeoutMs)
  const answer = await firstLine(control)
  clearTimeout(timer)
  if (answer === null) throw new Error('it ended while it was loaded, or took too long')
  const { loaded, refused } = JSON.parse(answer) as { loaded?: true; refused?: string }
  if (loaded === undefined) throw new Error(refused ?? 'it did not say why')
  return createTemplate({ control, arrivals, parent: () => launched.child.pid ?? null })
}

function firstLine(stream: Socket): Promise<string | null> {
  return new Promise((resolve) => {
    const read = createLineReader((line) => {
      stream.off('data', read)
      resolve(line)
    })
    stream.on('data', read)
    stream.once('close', () => resolve(null))
  })
}
