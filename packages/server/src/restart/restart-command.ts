/** `algorist restart` as the running server hears it, and what other commands wait for meanwhile. */
import { isAbsolute } from 'node:path'
import { askServer } from '../operator/ask-server.ts'
import type { Output } from '../operator/run-command.ts'
import type { OpenAnswers, RunWhenRight } from '../operator/socket.ts'
import type { Gate } from './gate.ts'
import type { NewCode } from './hand-over.ts'

/** First word of the command line; its input is a {@link NewCode} as JSON. */
export const RESTART = 'restart'

type Restart = (code: NewCode) => Promise<void>

export interface RestartCommandOptions {
  readonly gate: Pick<Gate, 'change'>
  readonly restart: Restart
  /** Where the server that follows hears commands. */
  readonly operatorSocket: string
}

export function restartCommand({ gate, restart, operatorSocket }: RestartCommandOptions): RunWhenRight {
  return (line, here) => {
    if (line.args[0] === RESTART) return tryRestart(restart, line.input)
    const name = ['algorist', ...line.args.slice(0, 2)].join(' ')
    return gate.change(name, { here, elsewhere: () => askServer(operatorSocket, line) })
  }
}

async function tryRestart(restart: Restart, input: string): Promise<Output> {
  try {
    await restart(readCode(input))
    return { code: 0, stdout: '', stderr: '' }
  } catch (error) {
    return { code: 1, stdout: '', stderr: `${error instanceof Error ? error.message : String(error)}\n` }
  }
}

function readCode(input: string): NewCode {
  const { node, main } = JSON.parse(input) as Partial<NewCode>
  const isPath = (value: unknown) => typeof value === 'string' && isAbsolute(value)
  if (!isPath(node) || !isPath(main)) throw new Error('expected the absolute paths of Node and of main.ts')
  return { node, main } as NewCode
}

/** The same, refused while it is under way and after it has worked once. */
export function oneAtATime(restart: Restart): Restart {
  let state: 'idle' | 'under way' | 'done' = 'idle'
  return async (code) => {
    if (state === 'under way') throw new Error('A restart is under way already')
    if (state === 'done') throw new Error('Another server has followed this one already; ask again')
    state = 'under way'
    try {
      await restart(code)
      state = 'done'
    } catch (error) {
      state = 'idle'
      throw error
    }
  }
}

/** What a server does for as long as an answer is open keeps it from being followed by another, which would not do it. */
export function heldAgainstRestart(gate: Pick<Gate, 'change'>, answer: OpenAnswers[string]): OpenAnswers[string] {
  return (response) =>
    gate.change('algorist backup', {
      here: () => answer(response),
      elsewhere: async () => void response.writeHead(503).end(),
    })
}
