/** HTTP of what the web pages look like: icon, logo, configuration entries (rest-api.md 3.9). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  deleteFavicon,
  deleteFrontendEntry,
  deleteLogo,
  type FrontendEntry,
  getFavicon,
  getFrontendEntry,
  getLogo,
  listFrontendEntries,
  setFrontendEntry,
  uploadFavicon,
  uploadLogo,
} from '@algorist/contract/operations/frontend.ts'
import { parsePage } from '@algorist/contract/page.ts'
import { pageReply } from '../http/page-reply.ts'
import { type App, reply, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as entries from './entries.ts'
import * as pictures from './pictures.ts'
import type { EntryRow } from './queries.ts'

/** Pictures are shown by pages of ours and run nothing. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

const PICTURES = [
  { name: 'favicon', get: getFavicon, upload: uploadFavicon, remove: deleteFavicon },
  { name: 'logo', get: getLogo, upload: uploadLogo, remove: deleteLogo },
] as const

export function frontendRoutes(app: App, services: Services): void {
  for (const { name, get, upload, remove } of PICTURES) {
    const stockPath = serveStock(app, name)
    serve(app, get, async () => {
      const picture = await pictures.getPicture(services, name)
      if (!picture) return reply(303, undefined, { Location: `${app.url}${stockPath}` })
      const headers = { 'Content-Type': picture.content_type, 'Content-Security-Policy': PICTURE_POLICY }
      return reply(200, Buffer.from(picture.bytes), headers)
    })
    serve(app, upload, ({ received }) => pictures.setPicture(services, name, received))
    serve(app, remove, () => pictures.removePicture(services, name))
  }
  entryRoutes(app, services)
}

function entryRoutes(app: App, services: Services): void {
  const show = async (row: EntryRow) => renderEntry({ ...row, value: await safeValue(row.value, services) })
  serve(app, listFrontendEntries, async (request) => {
    const page = parsePage(request.query)
    const rows = await entries.listEntries(services, page)
    const listed = pageReply({ rows, page, request, markerOf: ({ name }) => ({ name }), show })
    return { ...listed, results: await Promise.all(listed.results) }
  })
  serve(app, getFrontendEntry, async ({ params }) => show(await entries.getEntry(services, params.keyName ?? '')))
  serve(app, setFrontendEntry, async ({ params, body }) =>
    show(await entries.setEntry(services, params.keyName ?? '', body)),
  )
  serve(app, deleteFrontendEntry, ({ params }) => entries.removeEntry(services, params.keyName ?? ''))
}

/** The picture that is shown until there is another. @returns its path */
function serveStock(app: App, name: string): string {
  const path = `/static/${name}.svg`
  const bytes = readFileSync(join(import.meta.dirname, 'stock', `${name}.svg`))
  app.fastify.get(path, (_request, response) =>
    response
      .headers({
        'Content-Type': 'image/svg+xml',
        'Content-Security-Policy': PICTURE_POLICY,
        'Cache-Control': 'max-age=3600',
      })
      .send(bytes),
  )
  return path
}

/** Pages show these as HTML: a banner may have links (platform.md). Only what could hold tags is worth a look. */
async function safeValue(text: string, { html }: Pick<Services, 'html'>): Promise<string> {
  return /[<\\]/.test(text) ? html.render({ kind: 'entry', text }) : text
}

function renderEntry({ name, value, created_at, updated_at }: EntryRow): FrontendEntry {
  return {
    keyname: name,
    value,
    created_at: Date.parse(created_at),
    updated_at: Date.parse(updated_at),
    resource_type: 'frontend_config',
  }
}
