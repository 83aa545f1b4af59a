/** Whether this host can build and run a language, by what its language.json says that it needs. */
import { missingPackages, readLanguage } from '../../languages/suite/bridge-process.ts'

/** Why what downloads for minutes is left out, or false where languages were asked for. */
export const onlyWithAllLanguages: string | false =
  process.env.ALGORIST_ALL_LANGUAGES === undefined && 'runs with bin/test --languages all'

/** Why suites of the language are left out, or false when they run. @param id of a folder in `languages/` */
export function lacksToolchain(id: string): string | false {
  const missing = missingPackages(readLanguage(id))
  return missing.length > 0 && `this host lacks ${missing.join(' and ')}`
}
