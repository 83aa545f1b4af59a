/** Prints docs/settings.md from the table of settings: `node packages/server/src/settings-page.ts > docs/settings.md`. */
import type { Setting } from './setting-kinds.ts'
import { SETTINGS } from './settings.ts'

/** The whole page as Markdown. */
export function settingsPage(): string {
  const settings = Object.values<Setting<unknown>>(SETTINGS)
  const sections = [...new Set(settings.map(({ section }) => section))]
  const tables = sections.map((section) =>
    table(
      section,
      settings.filter((setting) => setting.section === section),
    ),
  )
  return `${introduction}\n${tables.join('\n')}`
}

const introduction = `# Settings

Settings are environment variables, read once at start. An empty value counts as none. A value that is not as expected,
or an \`ALGORIST_\` variable that is not in this list, stops the start with a message.

This page is printed from \`packages/server/src/settings.ts\`; change it there.
`

function table(section: string, settings: readonly Setting<unknown>[]): string {
  const rows = settings.map((setting) => `| \`${setting.name}\` | ${setting.defaultText} | ${about(setting)} |`)
  return `## ${section}\n\n| Variable | Default | Meaning |\n|---|---|---|\n${rows.join('\n')}\n`
}

function about({ meaning, expected }: Setting<unknown>): string {
  return `${meaning} Expects ${expected}.`
}

if (import.meta.main) process.stdout.write(settingsPage())
