/** HTTP of languages, environments and templates. */
import { getTemplate, listEnvironments, listLanguages } from '@algorist/contract/operations/environments.ts'
import { type App, reply, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as environments from './environments.ts'
import { readTemplate } from './template.ts'
import { packArchive } from './template-archive.ts'

export function environmentRoutes(app: App, { languages }: Pick<Services, 'languages'>): void {
  serve(app, listLanguages, () => environments.listLanguages(languages))
  serve(app, listEnvironments, ({ params }) => environments.listEnvironments(languages, params.language ?? ''))
  serve(app, getTemplate, async ({ params }) => {
    const language = environments.languageOfSpecification(languages, params.specificationId ?? '')
    const archive = await packArchive(await readTemplate(language))
    return reply(200, archive, {
      'Content-Type': 'application/gzip',
      'Content-Length': String(archive.length),
      'Content-Disposition': `attachment; filename="${language.id}-template.tar.gz"`,
    })
  })
}
