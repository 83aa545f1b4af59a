/** What the server and the languages run with. */
import { access, constants } from 'node:fs/promises'
import type { LackingLanguage, Language, LanguagesHere } from '@algorist/runner/languages.ts'
import { nodeForAlgorithms } from '../node-location.ts'
import type { Check, Finding } from './doctor.ts'

export interface LanguageChecks extends LanguagesHere {
  /** Environments of usable languages that need packages which this host lacks. */
  readonly lackingEnvironments: readonly LackingEnvironment[]
}

export interface LackingEnvironment {
  readonly language: string
  readonly display_name: string
  readonly lacks: readonly string[]
}

export function listProgramChecks({ usable, lacking, lackingEnvironments }: LanguageChecks): Check[] {
  return [
    { name: 'node', run: checkNode },
    { name: 'languages', run: () => Promise.all(usable.map(checkLanguage)) },
    { name: 'environments', run: async () => lackingEnvironments.map(tellEnvironment) },
    { name: 'other languages', run: async () => lacking.map(tellLacking) },
  ]
}

function tellLacking({ id, display_name, lacks }: LackingLanguage): Finding {
  return {
    name: id,
    level: 'absent',
    detail: `${display_name}: neither built nor run here`,
    fix: `bin/up --languages ${id}   or   apt-get install --no-install-recommends ${lacks.join(' ')}`,
  }
}

function tellEnvironment({ language, display_name, lacks }: LackingEnvironment): Finding {
  return {
    name: display_name,
    level: 'absent',
    detail: `this environment of ${language} is not offered here`,
    fix: `bin/up --languages ${language}   or   apt-get install --no-install-recommends ${lacks.join(' ')}`,
  }
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
    ? { name: id, level: 'ok', detail: `${display_name}: built and run here` }
    : {
        name: id,
        level: 'warning',
        detail: `${program} is missing: ${display_name} algorithms cannot run`,
        fix: `apt-get install ${program.split('/').at(-1)}`,
      }
}
