/** The OpenAPI document that the server serves, without the operations that answer 501 until they are served. */
import { OPERATIONS } from '@algorist/contract/operations.ts'
import type { Json } from '../lib/curl.ts'
import { jsonOf, send } from '../lib/wire.ts'
import { NOT_SERVED } from '../not-served.ts'

/** Paths that differ in parameter names only are one path in the document. */
const shapeOf = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replace(/:\w+|\{\w+\}/g, '*')}`

const SERVED = new Set(
  OPERATIONS.filter(({ id }) => !NOT_SERVED.has(id)).flatMap(({ method, paths }) =>
    paths.map((path) => shapeOf(method, path)),
  ),
)

export async function readServedDocument(url: string): Promise<Json> {
  const document = jsonOf(await send(url, 'GET /v1/openapispec'))
  const paths = Object.entries<Json>(document.paths).map(([path, methods]) => {
    const served = Object.entries<Json>(methods).filter(([method]) => SERVED.has(shapeOf(method, path)))
    return [path, Object.fromEntries(served)] as const
  })
  return { ...document, paths: Object.fromEntries(paths.filter(([, methods]) => Object.keys(methods).length > 0)) }
}
