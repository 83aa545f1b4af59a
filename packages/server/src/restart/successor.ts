/** The side of the server that follows another: what it says on its way, and what it waits for. */
import { type Introduction, PROTOCOL, type Said, SUCCESSOR_FLAG, type Told } from './messages.ts'

export interface Predecessor {
  readonly url: string
  readonly port: number
  /** Resolves when nothing changes any more. */
  prepared(): Promise<void>
  /** Resolves when connections may be accepted. */
  ready(instance: string): Promise<void>
  /** Resolves when the lock of the data folder is free. */
  serving(): Promise<void>
  failed(message: string): void
}

/**
 * The server that has started this process to follow it; null when none has. When that server dies nothing more is waited
 * for: the socket is here, and so is the right to the data folder.
 *
 * @throws Error when it speaks another protocol
 */
export function meetPredecessor(args: readonly string[]): Predecessor | null {
  const flagAt = args.indexOf(SUCCESSOR_FLAG)
  if (flagAt < 0) return null
  // Without a channel; one that is closed already is of a server that has died since.
  if (process.send === undefined)
    throw new Error(`${SUCCESSOR_FLAG} is for a server that starts another; use "algorist restart"`)
  const { url, port } = readIntroduction(args[flagAt + 1])
  const heard = new Set<Told['kind']>()
  let wake = Promise.withResolvers<void>()
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  process.on('message', (message: Told) => {
    heard.add(message.kind)
    stir()
  })
  process.once('disconnect', stir)

  async function exchange(said: Said, answer: Told['kind']): Promise<void> {
    say(said)
    while (!heard.has(answer) && process.connected) await wake.promise
  }

  return {
    url,
    port,
    prepared: () => exchange({ kind: 'prepared' }, 'frozen'),
    ready: (instance) => exchange({ kind: 'ready', instance }, 'go'),
    async serving() {
      await exchange({ kind: 'serving' }, 'left')
      if (process.connected) process.disconnect?.()
    },
    failed: (message) => say({ kind: 'failed', message }),
  }
}

function readIntroduction(text = '{}'): Introduction {
  const introduction = JSON.parse(text) as Introduction
  if (introduction.protocol === PROTOCOL) return introduction
  throw new Error('The server that runs hands over in another way than this one knows; stop it and start this one')
}

/** The other end may be gone at any time. */
function say(said: Said): void {
  if (process.connected && process.send) process.send(said, undefined, {}, () => {})
}
