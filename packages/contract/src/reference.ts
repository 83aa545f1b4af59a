/**
 * The reference page: an OpenAPI document of ours as one HTML page for people. No scripts and nothing from elsewhere,
 * so that it can be served under the strictest content policy.
 */
import type { JsonSchema, OpenApiDocument, OpenApiOperation, OpenApiParameter } from './openapi.ts'

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: OpenApiOperation
}

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --code: #8882 }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem }
h3 { border-top: 1px solid var(--line); margin: 2rem 0 .25rem; padding-top: 1rem }
code, pre { background: var(--code); border-radius: .2rem; font: .875em/1.5 ui-monospace, monospace; padding: .1em .3em }
pre { overflow: auto; padding: .75rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .5rem .25rem 0; text-align: left; vertical-align: top }
caption { font-weight: 600; padding: .75rem 0 .25rem; text-align: left }
nav ul { columns: 14rem; padding-left: 1.2rem }
summary { cursor: pointer; margin-top: .75rem }
`

/** @param document as `openApiDocument` makes it */
export function referencePage(document: OpenApiDocument): string {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const { title, version, description } = document.info
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>Version ${escapeHtml(version)} at <code>${escapeHtml(document.servers[0]?.url ?? '')}</code>. ${escapeHtml(description)}</p>
</header>
<nav aria-label="Topics"><ul>
${document.tags.map(({ name }) => `<li><a href="#${anchor(name)}">${escapeHtml(name)}</a></li>`).join('\n')}
</ul></nav>
<main>
${document.tags.map(({ name }) => section(name, entries)).join('\n')}
</main>
</body>
</html>
`
}

function section(tag: string, entries: readonly Entry[]): string {
  const own = entries.filter(({ operation }) => operation.operationId && operation.tags.includes(tag))
  return `<section aria-labelledby="${anchor(tag)}">
<h2 id="${anchor(tag)}">${escapeHtml(tag)}</h2>
${own.map((entry) => article(entry, aliasesOf(entry, entries))).join('\n')}
</section>`
}

/** Aliases carry no id; their description names the operation (see openapi.ts). */
const aliasesOf = ({ operation }: Entry, entries: readonly Entry[]): Entry[] =>
  entries.filter((other) => other.operation.description?.includes(`\`${operation.operationId}\``))

function article({ method, path, operation }: Entry, aliases: readonly Entry[]): string {
  const body = operation.requestBody?.content['application/json']?.schema
  const parts = [
    `<h3 id="${operation.operationId}">${escapeHtml(operation.summary)}</h3>`,
    [`${method} ${path}`, ...aliases.map((alias) => `${alias.method} ${alias.path}`)]
      .map((address) => `<div><code>${escapeHtml(address)}</code></div>`)
      .join(''),
    `<p>Credentials: ${escapeHtml(credentials(operation))}</p>`,
    `<p>${escapeHtml(operation.description ?? '')}</p>`,
    table('Parameters', operation.parameters.map(parameterRow)),
    body ? table('Body', memberRows(body)) : '',
    replies(operation),
  ]
  return `<article aria-labelledby="${operation.operationId}">\n${parts.filter(Boolean).join('\n')}\n</article>`
}

function credentials({ security }: OpenApiOperation): string {
  const names = security.map((requirement) => Object.keys(requirement)[0] ?? 'none')
  return names.includes('none') ? 'none needed' : names.join(' or ') || 'only from inside a running algorithm'
}

type Row = readonly [name: string, type: string, needed: string, description: string]

const parameterRow = ({ name, required, description, schema }: OpenApiParameter): Row => [
  name,
  typeText(schema),
  required ? 'yes' : 'no',
  description,
]

/** Members of objects in objects are written `outer.inner`, those in lists `outer[].inner`. */
function memberRows(schema: JsonSchema, prefix = ''): Row[] {
  const { properties = {}, required = [] } = schema.items ?? schema
  const at = schema.items ? `${prefix}[]` : prefix
  return Object.entries(properties).flatMap(([name, member]) => {
    const path = at ? `${at}.${name}` : name
    const row: Row = [path, typeText(member), required.includes(name) ? 'yes' : 'no', member.description ?? '']
    return [row, ...memberRows(member, path)]
  })
}

function typeText(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.join(' | ')
  if (schema.const !== undefined) return String(schema.const)
  if (schema.items) return `list of ${typeText(schema.items)}`
  return schema.type ?? 'any'
}

function table(caption: string, rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const cells = ([name, type, needed, description]: Row): string =>
    `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td>${escapeHtml(type)}</td><td>${needed}</td><td>${escapeHtml(description)}</td></tr>`
  return `<table><caption>${caption}</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Needed</th><th scope="col">Meaning</th></tr></thead>
<tbody>${rows.map(cells).join('')}</tbody></table>`
}

function replies({ responses }: OpenApiOperation): string {
  const items = Object.entries(responses).map(([status, { description, content }]) => {
    const schema = Number(status) < 400 ? content?.['application/json']?.schema : undefined
    const example = schema ? `<pre tabindex="0">${escapeHtml(JSON.stringify(exampleOf(schema), null, 2))}</pre>` : ''
    return `<li><strong>${status}</strong> ${escapeHtml(description)}${example}</li>`
  })
  return `<details><summary>Replies</summary><ul>${items.join('')}</ul></details>`
}

/** Puts an example value together from those of the members. */
export function exampleOf(schema: JsonSchema): unknown {
  if (schema.examples) return schema.examples[0]
  if (schema.items) return [exampleOf(schema.items)]
  if (!schema.properties) return null
  return Object.fromEntries(Object.entries(schema.properties).map(([name, member]) => [name, exampleOf(member)]))
}

const anchor = (tag: string): string => `topic-${tag.toLowerCase().replace(/\W+/g, '-')}`

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
