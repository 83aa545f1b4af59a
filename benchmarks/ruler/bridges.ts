/**
 * Workers of rulers in languages that have none of their own: the language's bridge on the echo of the shared cases, as a plain
 * process without a sandbox. Its frame code is that of our workers since it is the same.
 */
import { join } from 'node:path'
import {
  casesFolder,
  commandOutsideSandbox,
  environmentOutsideSandbox,
  readLanguage,
} from '../../languages/suite/bridge-process.ts'

export interface WorkerCommand {
  readonly command: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** @param id of a folder in `languages/` */
export function bridgeWorker(id: string): WorkerCommand {
  const language = readLanguage(id)
  const [program = '', ...args] = commandOutsideSandbox(language, language.run)
  return {
    command: [program, ...args],
    cwd: join(casesFolder(language), 'echo'),
    env: {
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      ALGORIST_ALGORITHM: 'Case',
      ...environmentOutsideSandbox(language),
    },
  }
}
