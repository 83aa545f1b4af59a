/** The checks of `algorist doctor`, in the order of the report. A new one goes into the list of the file it belongs to. */
import type { Config } from '../config.ts'
import { listDataFolderChecks } from './data-folder.ts'
import type { Check } from './doctor.ts'
import { listEdgeChecks } from './edge.ts'
import { type LanguageChecks, listProgramChecks } from './programs.ts'
import { checkSandbox, type InspectSandbox } from './sandbox.ts'

export interface CheckOptions {
  readonly config: Config
  readonly languages: LanguageChecks
  readonly inspectSandbox: InspectSandbox
  /** Where builds install packages from. */
  readonly registries: () => Promise<readonly string[]>
}

export function listChecks({ config, languages, inspectSandbox, registries }: CheckOptions): Check[] {
  return [
    ...listProgramChecks(languages),
    ...listDataFolderChecks(config),
    ...listEdgeChecks(config),
    { name: 'sandbox', run: () => checkSandbox(config, registries, inspectSandbox) },
  ]
}
