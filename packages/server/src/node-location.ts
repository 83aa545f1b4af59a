/** The Node and npm that JavaScript algorithms run on: the ones that run this server. */
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface NodeLocation {
  readonly binary: string
  /** Null: packages can't be installed, and builds that need one say so. */
  readonly npmFolder: string | null
}

/** npm beside an installed Node, beside the pinned one of `tools/node`, or where distributions put it. */
const npmPlaces = (binary: string): string[] => [
  join(dirname(binary), '../../npm'),
  join(dirname(binary), '../lib/node_modules/npm'),
  '/usr/local/lib/node_modules/npm',
  '/usr/lib/node_modules/npm',
  '/usr/share/nodejs/npm',
]

export async function nodeForAlgorithms(binary = process.execPath): Promise<NodeLocation> {
  for (const folder of npmPlaces(binary)) {
    const hasNpm = await access(join(folder, 'bin/npm-cli.js')).then(
      () => true,
      () => false,
    )
    if (hasNpm) return { binary, npmFolder: folder }
  }
  return { binary, npmFolder: null }
}
