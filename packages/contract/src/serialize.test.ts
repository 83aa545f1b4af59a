import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { choice } from './fields.ts'
import { serializeReply } from './serialize.ts'
import { Algorithm } from './shapes/algorithm.ts'
import { Build } from './shapes/build.ts'
import { paged } from './shapes/paged.ts'

const Shape = Type.Object({
  b: Type.String(),
  a: Type.Optional(Type.Integer()),
  'odd "name': Type.Optional(Type.Boolean()),
  n: Type.Union([Type.String(), Type.Null()]),
  any: Type.Optional(Type.Unknown()),
  kind: Type.Optional(choice(['cpu', 'gpu'], 'A choice')),
  type: Type.Optional(Type.Literal('build')),
  list: Type.Optional(Type.Array(Type.Object({ y: Type.Number(), x: Type.Optional(Type.String()) }))),
})

const cases: [string, unknown, string][] = [
  ['members come in the order of the schema', { n: 'x', a: 1, b: 'y' }, '{"b":"y","a":1,"n":"x"}'],
  ['unknown members are left out', { b: '', n: null, secret: 1, __proto__: { a: 3 } }, '{"b":"","a":3,"n":null}'],
  [
    'undefined and null optional members are left out',
    { b: '', a: undefined, list: null, n: null },
    '{"b":"","n":null}',
  ],
  [
    'nested lists follow their schema',
    { b: '', n: null, list: [{ x: 'q', y: 1.5, z: 0 }, { y: 0 }] },
    '{"b":"","n":null,"list":[{"y":1.5,"x":"q"},{"y":0}]}',
  ],
  [
    'text is escaped',
    { b: '"\\\n\u2028', n: null, 'odd "name': false },
    `{"b":${JSON.stringify('"\\\n\u2028')},"odd \\"name":false,"n":null}`,
  ],
  [
    'free members are written as they are',
    { b: '', n: null, any: { z: [null], a: 1 } },
    '{"b":"","n":null,"any":{"z":[null],"a":1}}',
  ],
  ['null in a choice is left out', { b: '', n: null, kind: null, type: 'build' }, '{"b":"","n":null,"type":"build"}'],
  ['null stays null in a free member', { b: '', n: null, any: null }, '{"b":"","n":null,"any":null}'],
]

for (const [name, value, expected] of cases) {
  test(`\`serializeReply()\`: ${name}`, () => assert.equal(serializeReply(Shape, value), expected))
}

const faults: [unknown, RegExp][] = [
  [{ n: null }, /reply\.b to be a value, got undefined/],
  [{ b: null, n: null }, /reply\.b to be a value, got null/],
  [{ b: '' }, /reply\.n/],
  [{ b: 1, n: null }, /reply\.b to be a string, got number/],
  [{ b: '', n: null, a: 1.5 }, /reply\.a to be an integer, got number/],
  [{ b: '', n: null, list: [{ y: 1 }, { y: '1' }] }, /reply\.list\[1\]\.y to be a number, got string/],
  [{ b: '', n: null, list: {} }, /reply\.list to be an array/],
  ['text', /reply to be an object, got string/],
  [{ b: '', n: null, kind: 'tpu' }, /reply\.kind to be one of \["cpu","gpu"\], got string/],
  [{ b: '', n: null, type: 'algorithm' }, /reply\.type to be one of \["build"\]/],
]

for (const [value, message] of faults) {
  test(`\`serializeReply()\` refuses ${JSON.stringify(value)}`, () => {
    assert.throws(() => serializeReply(Shape, value), message)
  })
}

test('an algorithm has the member order that clients compare', () => {
  const text = serializeReply(Algorithm, {
    resource_type: 'algorithm',
    build: { resource_type: 'algorithm_build', started_at: 't', commit_sha: 'c', status: 'succeeded', build_id: 'b' },
    version_info: { git_hash: 'c', semantic_version: '0.1.0' },
    settings: { network_access: 'full', language: 'python3', algorithm_callability: 'private' },
    details: { tagline: 't', label: 'l' },
    name: 'Hello',
    id: 'i',
  })
  assert.equal(
    text,
    '{"id":"i","name":"Hello","details":{"label":"l","tagline":"t"},"settings":{"algorithm_callability":"private","language":"python3","network_access":"full"},"version_info":{"semantic_version":"0.1.0","git_hash":"c"},"build":{"build_id":"b","status":"succeeded","commit_sha":"c","started_at":"t","resource_type":"algorithm_build"},"resource_type":"algorithm"}',
  )
})

test('a page always has its three members', () => {
  assert.equal(
    serializeReply(paged(Build), { results: [], next_link: null, marker: null }),
    '{"marker":null,"next_link":null,"results":[]}',
  )
})
