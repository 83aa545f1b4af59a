/** The Node of this process with the npm beside it, for builds that install packages. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RunnerOptions } from '../src/options.ts'

export function nodeWithNpm(): RunnerOptions['node'] {
  const binary = process.execPath
  const places = ['../../npm', '../lib/node_modules/npm'].map((path) => join(dirname(binary), path))
  const npmFolder = [...places, '/usr/lib/node_modules/npm', '/usr/share/nodejs/npm'].find(existsSync) ?? null
  return { binary, npmFolder }
}
