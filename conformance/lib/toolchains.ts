/** Whether this host can build and run a language, by what its language.json says that it needs. */
import { missingPackages, readLanguage } from '../../languages/suite/bridge-process.ts'

/** Why suites of the language are left out, or false when they run. @param id of a folder in `languages/` */
export function lacksToolchain(id: string): string | false {
  const missing = missingPackages(readLanguage(id))
  return missing.length > 0 && `this host lacks ${missing.join(' and ')}`
}
