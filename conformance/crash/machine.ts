/** The two ways in which a server loses its machine: the process is killed, or the power is cut under its disk. */
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createDisk } from './disk.ts'
import { waitUntilGone } from './processes.ts'
import type { ServerProcess } from './server.ts'

export const KINDS = ['kill', 'power'] as const
export type Kind = (typeof KINDS)[number]

/** What the program exits with when this machine does not allow a run. */
export const CANNOT = 3

export interface Machine {
  /** The data folder. */
  readonly home: string
  /**
   * Ends the server at this instant. @param onLastMoment called before it
   * @returns the violations: processes that outlive the server
   */
  crash(server: ServerProcess, onLastMoment: () => void): Promise<string[]>
  /** Sees to it that the data folder can be looked at after the run. */
  keep(): Promise<void>
  close(): Promise<void>
}

const PROCESS_GRACE_MS = 5000

/** @param name of the data folder; nothing else on the machine is called so */
export async function createMachine(kind: Kind, folder: string, name: string): Promise<Machine> {
  const end = async (server: ServerProcess): Promise<string[]> => {
    await server.kill()
    return (await waitUntilGone(name, PROCESS_GRACE_MS)).map((text) => `${text} outlives the server`)
  }
  if (kind === 'kill') {
    const place = join(folder, 'disk')
    await mkdir(place)
    return {
      home: join(place, name),
      crash(server, onLastMoment) {
        onLastMoment()
        return end(server)
      },
      keep: async () => {},
      close: async () => {},
    }
  }
  const disk = await createDisk(folder)
  // Workers run under other uids and must be able to walk down.
  await chmod(disk.path, 0o755)
  return {
    home: join(disk.path, name),
    async crash(server, onLastMoment) {
      onLastMoment()
      await disk.snapshot()
      const left = await end(server)
      await disk.restoreSnapshot()
      return left
    },
    keep: () => disk.keep(join(folder, 'disk.img')),
    close: disk.close,
  }
}
