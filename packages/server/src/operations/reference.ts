/** The API describing itself: the OpenAPI document and a reference page, both made from the contract alone. */
import { openApiDocument } from '@algorist/contract/openapi.ts'
import { getOpenApi } from '@algorist/contract/operations/reference.ts'
import { referencePage } from '@algorist/contract/reference.ts'
import { type App, reply, serve } from '../http/serve.ts'
import { serverVersion } from '../version.ts'

/** The page needs its own style and nothing else; no other page frames it, and it sends nothing anywhere. */
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export function referenceRoutes(app: App): void {
  const document = openApiDocument({ url: app.url, version: serverVersion })
  const page = referencePage(document)
  const json = Buffer.from(JSON.stringify(document))
  serve(app, getOpenApi, () => reply(200, json, { 'Content-Type': 'application/json' }))
  app.fastify.get('/docs', (_request, response) =>
    response
      .headers({
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': pagePolicy,
      })
      .send(page),
  )
}
