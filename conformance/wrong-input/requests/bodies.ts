/** Bodies that are not what their type says, and types that nothing takes (rest-api.md 4.4, 4.7; rule H9). */
import assert from 'node:assert/strict'
import { request } from '../lib/ground.ts'
import type { Answer, Input, Row } from '../lib/rows.ts'
import { callWith, ground, LIMIT_BYTES, managed } from './scene.ts'

const json = callWith('application/json')
const text = callWith('text/plain')
const change = (body: Input) => request('PUT', managed(), { key: ground.probe.owner.key, body })

const malformedJson: Row[] = [
  {
    name: 'JSON that ends too early',
    inputs: [
      '{',
      '[',
      '[1',
      '[1,',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '"abc',
      '"\\',
      '"\\u12',
      '-',
      '1.',
      '1e',
      '1e+',
      'tru',
      'n',
      ' ',
    ],
    expected: { status: 400, message: /^Invalid JSON: .*(end|early|got)/ },
    send: json,
  },
  {
    name: 'JSON with wrong punctuation',
    inputs: [
      '}',
      ']',
      ',',
      ':',
      '[1,]',
      '[,1]',
      '[1 2]',
      '[1}',
      '{]',
      '{"a":1,}',
      '{,}',
      '{"a" 1}',
      '{"a":1 "b":2}',
      '{"a"}',
      '{1:2}',
      '{"a":1]',
    ],
    expected: { status: 400, message: /^Invalid JSON: expected .*, got .* at byte \d+$/ },
    send: json,
  },
  {
    name: 'words and quotes of other languages',
    inputs: [
      '{a:1}',
      "{'a':1}",
      "'a'",
      'True',
      'None',
      'nil',
      'NULL',
      'undefined',
      'NaN',
      'Infinity',
      '-Infinity',
      '[NaN]',
      '// c\n1',
      '/* c */1',
      '1 // c',
      '#1',
      '`a`',
      'b"a"',
    ],
    expected: { status: 400, message: /^Invalid JSON: expected .*, got .* at byte \d+$/ },
    send: json,
  },
  {
    name: 'numbers that JSON does not have',
    inputs: [
      '01',
      '-01',
      '00',
      '.5',
      '+1',
      '--1',
      '0x10',
      '1_000',
      '1,5',
      '1.e5',
      '1e5.5',
      '1E',
      '- 1',
      '0b1',
      '1n',
      '٣',
    ],
    expected: { status: 400, message: /^Invalid JSON: / },
    send: json,
  },
  {
    name: 'strings with what must be escaped',
    inputs: [
      '"a\nb"',
      '"a\tb"',
      '"\u0000"',
      '"\u001f"',
      '"\\x41"',
      '"\\u00g0"',
      '"\\U0041"',
      '"\\\n"',
      '"\\\'"',
      '"\\0"',
    ],
    expected: { status: 400, message: /^Invalid JSON: expected .*, got .* at byte \d+$/ },
    send: json,
  },
  {
    name: 'more than one value',
    inputs: ['1 2', '{}{}', '[] []', 'null,', '{"a":1};', '1\u0000', '""""', '{}\n{}\n'],
    expected: { status: 400, message: /^Invalid JSON: expected the end .*, got .* at byte \d+$/ },
    send: json,
  },
  {
    name: 'a byte order mark',
    inputs: [Buffer.from('\ufeff{"a":1}'), Buffer.from('\ufeff{"a":1}', 'utf16le'), Buffer.from([0, 0x7b, 0, 0x7d])],
    expected: { status: 400, message: /UTF-8|Invalid JSON/ },
    send: json,
  },
  {
    name: 'JSON nested 100,000 deep',
    sent: 'arrays, objects, both; open and closed',
    inputs: [
      '['.repeat(1e5),
      '['.repeat(1e5) + ']'.repeat(1e5),
      '{"a":'.repeat(1e5),
      '[{"a":'.repeat(5e4),
      `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`,
    ],
    expected: { status: 400, message: 'Invalid JSON: nested deeper than 10000 levels' },
    send: json,
  },
  {
    name: 'a body that is not UTF-8',
    sent: 'cut, stray, overlong and surrogate sequences, Latin-1, as text and in JSON',
    inputs: [
      [0xc3],
      [0x80],
      [0xc3, 0x28],
      [0xc0, 0xaf],
      [0xe0, 0x80, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x28, 0x8c, 0xbc],
      [0xf4, 0x90, 0x80, 0x80],
      [0xfe],
      [0xff],
      [0x4d, 0xfc, 0x6e],
    ].map((bytes) => Buffer.from(bytes)),
    expected: { status: 400, message: /UTF-8/ },
    send: async (body) => {
      await sameRefusal(await json(Buffer.concat([Buffer.from('"'), Buffer.from(body), Buffer.from('"')])))
      return text(body)
    },
  },
]

async function sameRefusal({ status, text }: Answer): Promise<void> {
  assert.equal(status, 400, text)
  assert.match(text, /UTF-8/)
}

const management: Row[] = [
  {
    name: 'management body that is not JSON',
    inputs: [
      '{',
      '}',
      '{a:1}',
      "{'a':1}",
      '{"a":1,}',
      'details=label&settings=x',
      'NaN',
      '1 2',
      '"a\nb"',
      '['.repeat(1e5),
      '<xml/>',
      '\u0000',
      '--x\r\n',
    ],
    expected: { status: 400, code: 2013, message: /^The request body is not valid JSON: / },
    send: change,
  },
  {
    name: 'management body that is not UTF-8',
    inputs: [Buffer.from([0x22, 0xff, 0x22]), Buffer.from([0xff, 0xfe, 0x7b, 0x7d])],
    expected: { status: 400, code: 2013, message: 'The request body is not valid UTF-8' },
    send: change,
  },
  {
    name: 'management body that is no object',
    inputs: ['1', '"a"', 'true', '[1]', '[{}]', '[[]]'],
    expected: {
      status: 400,
      code: 2013,
      message: /^Expected the body to be of type object, got an? (?:number|string|boolean|array)$/,
    },
    send: change,
  },
  {
    name: 'management body over 10 MiB',
    sent: `{"details":{"summary":"${'x'}…"}}`,
    inputs: [`{"details":{"summary":"${'x'.repeat(LIMIT_BYTES)}"}}`],
    expected: { status: 413, message: `The request body is larger than ${LIMIT_BYTES} bytes` },
    send: change,
  },
]

const types: Row[] = [
  {
    name: 'a content type that calls do not have',
    inputs: [
      'multipart/form-data; boundary=x',
      'multipart/mixed',
      'application/xml',
      'application/javascript',
      'application/x-unknown',
      'application',
      '/',
      'a/b/c',
      'application/jsonp',
      '*/*',
      'json',
      'model/obj',
      `x/${'y'.repeat(8000)}`,
      'application/x-www-form-urlencoded2',
    ],
    expected: {
      status: 415,
      message: /^Content type ".*" is not supported; use application\/json, text\/plain or application\/octet-stream$/,
    },
    send: (type) => callWith(String(type))('x'),
  },
  {
    name: 'a content encoding that was not asked for',
    sent: 'gzip bytes as application/json with Content-Encoding: gzip',
    expected: { status: [400, 415], message: /JSON|UTF-8|encoding/i },
    send: () =>
      request('POST', ground.probe.shop.callUrl, {
        key: ground.probe.owner.key,
        contentType: 'application/json',
        headers: { 'Content-Encoding': 'gzip' },
        body: Buffer.from('1f8b0800000000000003ab5632520200', 'hex'),
      }),
  },
]

export const bodyRows: readonly Row[] = [...malformedJson, ...management, ...types]
