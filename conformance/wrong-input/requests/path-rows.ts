/** Names that are paths, in every parameter of every path: each is a name that nothing has, and nothing more. */
import type { Ground } from '../lib/ground.ts'
import type { Row } from '../lib/rows.ts'
import { exchangeOne, rawRequest } from '../lib/wire.ts'

/** Written into the path as they are. */
const HOSTILE = [
  '..',
  '.',
  '..%2f..',
  '..%2F..%2Fetc%2Fpasswd',
  '%2e%2e',
  '%2e%2e%2f',
  '..%5c..',
  '..\\..',
  '%2fetc%2fpasswd',
  '%00',
  'Probe%00.git',
  '%0d%0aX-Evil:%201',
  '%20',
  '%',
  '%zz',
  '%c3%28',
  '%e2%98%83',
  '%f0%9f%98%80',
  '\u00e9',
  '%ed%a0%80',
  '*',
  '%2a',
  '-rf',
  '--upload-pack=x',
  '__proto__',
  'constructor',
  'toString',
  '$(id)',
  '%3Cscript%3E',
  "'%20OR%20'1'='1",
  ';drop',
  'con',
  'x'.repeat(300),
  'x'.repeat(5000),
  '%e2%98%83'.repeat(500),
]

interface Parameter {
  readonly name: string
  readonly method: string
  readonly admin?: boolean
  readonly git?: boolean
  path(owner: string, value: string): string
  readonly message: RegExp
}

const NOT_THERE =
  /^(?:No such algorithm|There is nothing at this path|The path is not valid: .*|The algorithm has no such (?:version|build)|There is no such user|The request is not valid HTTP\/1\.1)$/
/** The name is repeated, but for bytes that could not be decoded. */
const NO_CALL =
  /^algorithm algo:\/\/.* not found$|^(?:There is nothing at this path|The request is not valid HTTP\/1\.1)$/s
const NO_REPOSITORY =
  /^(?:There is no repository at this address|There is no repository \w+\/\w+, or you may not read it|There is nothing at this path|No such algorithm|The request is not valid HTTP\/1\.1)\n?$/

const PARAMETERS: readonly Parameter[] = [
  { name: 'owner of a call', method: 'POST', path: (_, value) => `/v1/algo/${value}/Probe`, message: NO_CALL },
  {
    name: 'algorithm of a call',
    method: 'POST',
    path: (owner, value) => `/v1/algo/${owner}/${value}`,
    message: NO_CALL,
  },
  {
    name: 'version of a call',
    method: 'POST',
    path: (owner, value) => `/v1/algo/${owner}/Probe/${value}`,
    message: NO_CALL,
  },
  {
    name: 'owner of an algorithm',
    method: 'GET',
    path: (_, value) => `/v1/algorithms/${value}/Probe`,
    message: NOT_THERE,
  },
  {
    name: 'name of an algorithm',
    method: 'GET',
    path: (owner, value) => `/v1/algorithms/${owner}/${value}`,
    message: NOT_THERE,
  },
  {
    name: 'name of an algorithm to delete',
    method: 'DELETE',
    path: (owner, value) => `/v1/algorithms/${owner}/${value}`,
    message: NOT_THERE,
  },
  {
    name: 'algorithm of builds',
    method: 'GET',
    path: (owner, value) => `/v1/algorithms/${owner}/${value}/builds`,
    message: NOT_THERE,
  },
  {
    name: 'id of a build',
    method: 'GET',
    path: (owner, value) => `/v1/algorithms/${owner}/Probe/builds/${value}`,
    message: NOT_THERE,
  },
  {
    name: 'id of a build log',
    method: 'GET',
    path: (owner, value) => `/v1/algorithms/${owner}/Probe/builds/${value}/logs`,
    message: NOT_THERE,
  },
  {
    name: 'version to show',
    method: 'GET',
    path: (owner, value) => `/v1/algorithms/${owner}/Probe/versions/${value}`,
    message: NOT_THERE,
  },
  {
    name: 'algorithm to compile',
    method: 'POST',
    path: (owner, value) => `/v1/algorithms/${owner}/${value}/compile`,
    message: NOT_THERE,
  },
  {
    name: 'algorithm to publish',
    method: 'POST',
    path: (owner, value) => `/v1/algorithms/${owner}/${value}/versions`,
    message: NOT_THERE,
  },
  { name: 'name of a user', method: 'GET', admin: true, path: (_, value) => `/v1/users/${value}`, message: NOT_THERE },
  {
    name: 'user of a new key',
    method: 'POST',
    admin: true,
    path: (_, value) => `/v1/users/${value}/keys`,
    message: NOT_THERE,
  },
  {
    name: 'owner of a repository',
    method: 'GET',
    git: true,
    path: (_, value) => `/git/${value}/Probe.git/info/refs?service=git-upload-pack`,
    message: NO_REPOSITORY,
  },
  {
    name: 'name of a repository',
    method: 'GET',
    git: true,
    path: (owner, value) => `/git/${owner}/${value}.git/info/refs?service=git-upload-pack`,
    message: NO_REPOSITORY,
  },
]

export function pathRows(ground: () => Ground): Row[] {
  return PARAMETERS.map(({ name, method, admin = false, git = false, path, message }) => ({
    name: `a path as ${name}`,
    sent: `${HOSTILE.length} hostile names`,
    inputs: HOSTILE,
    expected: { status: [400, 404], message },
    send(value) {
      const { target, probe } = ground()
      const { username, key } = probe.owner
      const basic = Buffer.from(`${username}:${key}`).toString('base64')
      const authorization = git ? `Basic ${basic}` : `Simple ${admin ? target.adminKey : key}`
      const body = method === 'POST' ? '{"key_type":"ManagementKey"}' : ''
      const headers = ['Host: localhost', `Authorization: ${authorization}`, `Content-Length: ${body.length}`]
      return exchangeOne(target.url, [rawRequest(`${method} ${path(username, String(value))} HTTP/1.1`, headers, body)])
    },
  }))
}
