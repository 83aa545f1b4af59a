/** HTTP of languages, environments and templates. */
import {
  disableEnvironment,
  enableEnvironment,
  getTemplate,
  listAvailableEnvironments,
  listEnvironments,
  listLanguages,
} from '@algorist/contract/operations/environments.ts'
import { type App, reply, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as enabled from './enabled.ts'
import * as environments from './environments.ts'
import { readTemplate } from './template.ts'
import { packArchive } from './template-archive.ts'

export function environmentRoutes(app: App, services: Pick<Services, 'db' | 'languages'>): void {
  const { languages } = services
  serve(app, listLanguages, () => environments.listLanguages(languages))
  serve(app, listEnvironments, async ({ params }) =>
    environments.listEnvironments(await enabled.enabledLanguages(services), params.language ?? ''),
  )
  serve(app, listAvailableEnvironments, () => environments.listAllEnvironments(languages))
  serve(app, enableEnvironment, ({ params }) => enabled.enableEnvironment(services, params.specificationId ?? ''))
  serve(app, disableEnvironment, ({ params }) => enabled.disableEnvironment(services, params.specificationId ?? ''))
  serve(app, getTemplate, async ({ params }) => {
    const chosen = environments.bySpecification(languages, params.specificationId ?? '')
    const archive = await packArchive(await readTemplate(chosen))
    return reply(200, archive, {
      'Content-Type': 'application/gzip',
      'Content-Length': String(archive.length),
      'Content-Disposition': `attachment; filename="${chosen.language.id}-template.tar.gz"`,
    })
  })
}
