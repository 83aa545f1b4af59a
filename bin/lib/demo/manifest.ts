/** demo/demo.json: which algorithms the demo has, whose they are, and the versions of each in order. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface DemoVersion {
  readonly version: string
  /** Below demo/; the whole content of the repository at this version. */
  readonly folder: string
  readonly sample_input: string
}

export interface DemoAlgorithm {
  readonly owner: string
  readonly name: string
  readonly details: { readonly label: string; readonly summary: string; readonly tagline: string }
  readonly settings: Readonly<Record<string, unknown>>
  readonly versions: readonly DemoVersion[]
}

interface DemoManifest {
  readonly algorithms: readonly DemoAlgorithm[]
  /** Settings that all of them have. */
  readonly shared_settings: Readonly<Record<string, unknown>>
}

const DEMO_FOLDER = resolve(import.meta.dirname, '../../../demo')

export function readManifest(): DemoManifest {
  return JSON.parse(readFileSync(join(DEMO_FOLDER, 'demo.json'), 'utf8'))
}

export function folderOf(version: DemoVersion): string {
  return join(DEMO_FOLDER, version.folder)
}
