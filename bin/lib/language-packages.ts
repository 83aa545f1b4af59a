/**
 * Which Debian packages this machine lacks for languages: `language-packages.ts all`, or `language-packages.ts java,ruby`.
 * Prints one a line; what a language needs is in its language.json. Exit code 2 for a name that is none.
 */
import { resolve } from 'node:path'
import { findLanguages, packagesFor } from './languages-here.ts'

try {
  const languages = await findLanguages(process.argv[2] ?? '', resolve(import.meta.dirname, '../../languages'))
  process.stdout.write(
    packagesFor(languages)
      .map((name) => `${name}\n`)
      .join(''),
  )
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
