import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isErrorName } from './errors.ts'
import { type JsonSchema, openApiDocument } from './openapi.ts'
import { OPERATIONS } from './operations.ts'
import { PATH_PARAMETERS, parameterNames } from './path-parameters.ts'

/** The published facts of the original API; not part of a clone. */
const SPECIFICATION = new URL('../../../../shared/spec/openapi.yml', import.meta.url)

const shapeOf = (method: string, path: string): string => `${method} ${path.replace(/:\w+|\{\w+\}/g, '{}')}`
const shapes = OPERATIONS.flatMap(({ method, paths }) => paths.map((path) => shapeOf(method, path)))

test('ids are unique', () => {
  const ids = OPERATIONS.map(({ id }) => id)
  assert.deepEqual(ids.length, new Set(ids).size)
})

test('no two operations answer the same method and path', () => {
  // Both call forms have the same shape: the first part tells a UUID from an owner (rest-api.md 1.1).
  const twice = shapes.filter((shape, index) => shapes.indexOf(shape) !== index)
  assert.deepEqual(twice, ['POST /v1/algo/{}/{}'])
})

test('every operation says who may call it, what it answers and only errors that exist', () => {
  for (const { id, who, paths, replies, errors, summary, tag } of OPERATIONS) {
    assert.ok(who.length && paths.length && Object.keys(replies).length && summary && tag, id)
    assert.deepEqual(
      errors.filter((name) => !isErrorName(name)),
      [],
      id,
    )
    assert.equal(new Set(errors).size, errors.length, id)
    assert.ok(
      paths.every((path) => path.startsWith('/') && !path.endsWith('/')),
      id,
    )
  }
})

test('every path parameter is described, and none that is not used', () => {
  const used = new Set(OPERATIONS.flatMap(({ paths }) => paths.flatMap(parameterNames)))
  assert.deepEqual([...used].sort(), Object.keys(PATH_PARAMETERS).sort())
})

/** A group needs no example of its own: its members have theirs. */
function undocumented(schema: JsonSchema, where: string): string[] {
  const inside = Object.entries(schema.properties ?? schema.items?.properties ?? {})
  return inside.flatMap(([name, member]) => {
    const isGroup = member.properties ?? member.items?.properties
    const isDocumented = member.description && (isGroup || member.examples?.length)
    return [...(isDocumented ? [] : [`${where}.${name}`]), ...undocumented(member, `${where}.${name}`)]
  })
}

test('every property has a description and an example', () => {
  const missing = OPERATIONS.flatMap(({ id, body, query, headers, replies }) =>
    [body, query, headers, ...Object.values(replies)].flatMap((schema) =>
      typeof schema === 'object' ? undocumented(schema, id) : [],
    ),
  )
  assert.deepEqual(missing, [])
})

test('every example fits its own schema', async () => {
  const { Check } = await import('typebox/value')
  const visit = (schema: JsonSchema, where: string): string[] => {
    const wrong = (schema.examples ?? []).some((example) => !Check(schema, example)) ? [where] : []
    const members = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
      visit(member, `${where}.${name}`),
    )
    return [...wrong, ...members, ...(schema.items ? visit(schema.items, `${where}[]`) : [])]
  }
  const wrong = OPERATIONS.flatMap(({ id, body, query, headers, replies }) =>
    [body, query, headers, ...Object.values(replies)].flatMap((schema) =>
      typeof schema === 'object' ? visit(schema, id) : [],
    ),
  )
  assert.deepEqual(wrong, [])
})

test('every operation of the original specification is in the list', (context) => {
  if (!existsSync(SPECIFICATION)) return context.skip('spec/openapi.yml is not here')
  const missing = specifiedOperations(readFileSync(SPECIFICATION, 'utf8')).filter((shape) => !shapes.includes(shape))
  assert.deepEqual(missing, [])
})

test('no operation of the original specification is called an addition', (context) => {
  if (!existsSync(SPECIFICATION)) return context.skip('spec/openapi.yml is not here')
  const specified = specifiedOperations(readFileSync(SPECIFICATION, 'utf8'))
  const ours = OPERATIONS.filter(({ addition }) => addition)
  assert.deepEqual(
    ours
      .flatMap(({ method, paths }) => paths.map((path) => shapeOf(method, path)))
      .filter((shape) => specified.includes(shape)),
    [],
  )
  assert.ok(ours.length > 0)
})

/** Paths stand at two spaces and methods at four in that file; nothing else looks like them. */
function specifiedOperations(yaml: string): string[] {
  const found: string[] = []
  let path = ''
  for (const line of yaml.split('\n')) {
    path = /^ {2}(\/.*):$/.exec(line)?.[1] ?? path
    const method = /^ {4}(get|head|post|put|patch|delete|options):$/.exec(line)?.[1]
    if (method && path) found.push(shapeOf(method.toUpperCase(), path))
  }
  assert.equal(found.length, 127)
  return found
}

test('the OpenAPI document has every operation once and every path', () => {
  const { paths } = openApiDocument({ url: 'http://localhost:8080', version: '0.1.0' })
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ shape: shapeOf(method.toUpperCase(), path), operation })),
  )
  assert.deepEqual(new Set(described.map(({ shape }) => shape)), new Set(shapes))
  const ids = described.flatMap(({ operation }) => operation.operationId ?? [])
  assert.deepEqual(ids.sort(), OPERATIONS.map(({ id }) => id).sort())
})
