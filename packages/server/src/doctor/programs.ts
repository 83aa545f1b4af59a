/** What the server and the languages run with. */
import { access, constants } from 'node:fs/promises'
import type { Language } from '@algorist/runner/languages.ts'
import { nodeForAlgorithms } from '../node-location.ts'
import type { Check, Finding } from './doctor.ts'

export function listProgramChecks(languages: readonly Language[]): Check[] {
  return [
    { name: 'node', run: checkNode },
    { name: 'languages', run: () => Promise.all(languages.map(checkLanguage)) },
  ]
}

async function checkNode(): Promise<Finding[]> {
  const version = `Node ${process.versions.node}`
  const isNew = Number(process.versions.node.split('.')[0]) >= 24
  const { npmFolder } = await nodeForAlgorithms()
  return [
    isNew
      ? { name: 'node', level: 'ok', detail: version }
      : { name: 'node', level: 'failed', detail: `${version}, expected 24 or newer`, fix: 'run bin/up' },
    npmFolder === null
      ? {
          name: 'npm',
          level: 'warning',
          detail: 'not found: JavaScript algorithms with dependencies cannot be built',
          fix: 'apt-get install npm',
        }
      : { name: 'npm', level: 'ok', detail: npmFolder },
  ]
}

async function checkLanguage({ id, display_name, run: command }: Language): Promise<Finding> {
  const program = command[0] ?? ''
  const isOurs = program.startsWith('/opt/')
  const isThere =
    isOurs ||
    (await access(program, constants.X_OK).then(
      () => true,
      () => false,
    ))
  return isThere
    ? { name: id, level: 'ok', detail: display_name }
    : {
        name: id,
        level: 'warning',
        detail: `${program} is missing: ${display_name} algorithms cannot run`,
        fix: `apt-get install ${program.split('/').at(-1)}`,
      }
}
