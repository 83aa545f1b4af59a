import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openApiDocument } from './openapi.ts'
import { exampleOf, referencePage } from './reference.ts'
import { Build } from './shapes/build.ts'

const document = openApiDocument({ url: 'https://api.example.com', version: '1.2.3' })

test('the document survives JSON and names its server', () => {
  const copy = JSON.parse(JSON.stringify(document))
  assert.equal(copy.openapi, '3.1.0')
  assert.deepEqual(copy.servers, [{ url: 'https://api.example.com' }])
  assert.equal(copy.info.version, '1.2.3')
})

test('every path parameter in a path is declared, with the same name', () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const { parameters } of Object.values(methods)) {
      assert.deepEqual(
        parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
        inPath,
        path,
      )
    }
  }
})

test('no two paths differ in parameter names only', () => {
  const shapes = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/g, '{}'))
  assert.equal(new Set(shapes).size, shapes.length)
})

test('every security requirement has a scheme', () => {
  const schemes = new Set(Object.keys(document.components.securitySchemes))
  for (const methods of Object.values(document.paths)) {
    for (const { security } of Object.values(methods)) {
      for (const requirement of security)
        for (const name of Object.keys(requirement)) assert.ok(schemes.has(name), name)
    }
  }
})

test('creating an algorithm is described with its body, its 201 and its errors by status', () => {
  const create = document.paths['/v1/algorithms/{owner}']?.post
  assert.equal(create?.operationId, 'createAlgorithm')
  assert.deepEqual(create.security, [{ ManagementKey: [] }, { Session: [] }])
  assert.equal(create.requestBody?.required, true)
  assert.ok(create.responses[201]?.content?.['application/json'])
  assert.match(create.responses[400]?.description ?? '', /MalformedJson \(2013\), .*AlgorithmNameHasBeenTaken \(1002\)/)
  assert.match(create.responses[401]?.description ?? '', /NotAuthenticated \(2002\)/)
})

test('public operations need no credentials and bodies of optional members are optional', () => {
  assert.deepEqual(document.paths['/v1/openapispec']?.get?.security, [{}])
  assert.equal(document.paths['/v1/algorithms/{owner}/{algorithm}/compile']?.post?.requestBody?.required, false)
})

test('HEAD replies have no body', () => {
  const responses = document.paths['/v1/data/{path}']?.head?.responses ?? {}
  assert.ok(responses[404])
  assert.ok(Object.values(responses).every((response) => response.content === undefined))
})

test('an example is put together in the order of the schema', () => {
  const example = exampleOf(Build) as Record<string, unknown>
  assert.deepEqual(Object.keys(example).slice(0, 3), ['build_id', 'status', 'commit_sha'])
  assert.equal(example.status, 'in-progress')
})

test('the reference page shows every operation, runs no script and escapes what it prints', () => {
  const page = referencePage({ ...document, info: { ...document.info, title: '<b>"&' } })
  for (const methods of Object.values(document.paths)) {
    for (const { operationId } of Object.values(methods)) {
      if (operationId) assert.equal(page.split(`<h3 id="${operationId}">`).length, 2, operationId)
    }
  }
  assert.ok(page.includes('<title>&lt;b&gt;&quot;&amp;</title>'))
  // `match` and not `doesNotMatch`: a failure must not print the whole page.
  assert.deepEqual(page.match(/<(?:script|link|img|iframe|object)|\s(?:src|on\w+)=/gi), null)
  assert.ok(
    page.includes('<html lang="en">') && page.includes('POST /v1/algorithms/{owner}/{algorithm}/version</code>'),
  )
})
