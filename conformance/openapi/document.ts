/** The original OpenAPI document, where the workplace has it beside the project, and how a reply is found in it. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import type { WireReply } from '../lib/wire.ts'
import { createValidator, type Schema, type Violation } from './schema.ts'

const FILE = resolve(import.meta.dirname, '../../../shared/spec/openapi.yml')

export interface OriginalDocument {
  /** Null when the document has no such operation. */
  check(line: string, reply: WireReply): readonly Violation[] | null
}

/** Null when the file is not there. */
export function readOriginalDocument(): OriginalDocument | null {
  if (!existsSync(FILE)) return null
  const document: Schema = parse(readFileSync(FILE, 'utf8'))
  const validate = createValidator(document)
  return {
    check(line, reply) {
      const operation = findOperation(document, line)
      if (!operation) return null
      const listed = operation.responses[String(reply.status)]
      if (!listed) return [{ at: 'status', rule: 'undeclared' }]
      const response = listed.$ref ? document.components.responses[listed.$ref.split('/').at(-1)] : listed
      return checkBody(response, reply)
    },
  }

  function checkBody(response: Schema, reply: WireReply): readonly Violation[] {
    if (!response.content) return reply.body.length === 0 ? [] : [{ at: 'body', rule: 'undeclared' }]
    const type = (reply.header('Content-Type') ?? '').split(';')[0] ?? ''
    const content = response.content[type]
    if (!content) return [{ at: 'type', rule: `undeclared ${type}` }]
    return type === 'application/json' ? validate(content.schema, JSON.parse(reply.text)) : []
  }
}

/** The path template with the fewest parameters that matches. */
function findOperation(document: Schema, line: string): Schema | undefined {
  const [method = '', target = ''] = line.split(' ')
  const segments = (target.split('?')[0] ?? '').split('/')
  const matching = Object.keys(document.paths)
    .filter((path) => document.paths[path][method.toLowerCase()] && matches(path.split('/'), segments))
    .sort((a, b) => a.split('{').length - b.split('{').length)
  return matching[0] === undefined ? undefined : document.paths[matching[0]][method.toLowerCase()]
}

/** The one parameter that may hold slashes. */
const REST = '{connectorPath}'

function matches(template: readonly string[], segments: readonly string[]): boolean {
  const isOpen = template.at(-1) === REST && segments.length > template.length
  if (template.length !== segments.length && !isOpen) return false
  return template.every((part, index) => part.startsWith('{') || part === segments[index])
}
