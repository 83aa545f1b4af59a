/** Who may not clone or push, and addresses that are no repository (runtime.md 1.4, rest-api.md X22). */
import { workshop } from '../../lib/algorithms.ts'
import { request } from '../lib/ground.ts'
import type { Answer, Row } from '../lib/rows.ts'
import { exchangeOne, rawRequest } from '../lib/wire.ts'
import { ask, basic, forge, ground, noManagementKey, owner, repository, shop, stranger } from './scene.ts'

const SERVICES = ['git-upload-pack', 'git-receive-pack']

const access: Row[] = [
  {
    name: 'a clone or push without credentials',
    inputs: SERVICES,
    expected: { status: 401, message: 'Give an account name and its password or an API key\n' },
    send: (service) => ask('', String(service)),
  },
  {
    name: 'credentials of another kind',
    inputs: ['Simple key', 'Bearer key', 'Basic', 'Basic %%%', 'Basic bm9jb2xvbg==', 'Digest x'],
    expected: { status: 401, message: 'Give an account name and its password or an API key\n' },
    send: (text) => ask(String(text).replace('key', shop.owner.key), 'git-receive-pack'),
  },
  {
    name: 'a wrong password',
    // As many as cost no wait: see the guard in accounts/login-guard.ts.
    inputs: ['', 'wrong', 'x'.repeat(10_000), '\u0000', 'é'],
    expected: { status: 401, message: 'Credentials are missing or not known\n' },
    withinMs: 2000,
    send: (password) => ask(basic(shop.owner.username, String(password)), 'git-receive-pack'),
  },
  {
    name: 'a key that nobody has',
    inputs: ['simUnknownUnknownUnknown1234'],
    expected: { status: 401, message: 'Credentials are missing or not known\n' },
    withinMs: 2000,
    send: (key) => ask(basic(stranger.username, String(key)), 'git-receive-pack'),
  },
  {
    name: 'an admin key',
    inputs: SERVICES,
    expected: { status: 403, message: 'Admin keys are not accepted here; use a standard key\n' },
    send: (service) => ask(basic(ground.target.username, ground.target.adminKey), String(service)),
  },
  {
    name: "somebody else's closed repository",
    inputs: SERVICES,
    expected: { status: 404, message: /^There is no repository \w+\/Forge, or you may not read it\n$/ },
    send: (service) => ask(basic(shop.owner.username, stranger.key), String(service)),
  },
  {
    name: "a push to somebody else's open repository",
    sent: 'git push with the key of a stranger',
    expected: { status: 128, message: /error: 403/ },
    withinMs: 3000,
    send: () =>
      forge.pushTo(
        workshop(ground.target, { ...stranger, username: shop.owner.username }, 'Probe').gitUrl,
        'HEAD:refs/heads/master',
      ),
  },
  {
    name: 'a push with a key that may not manage',
    sent: 'info/refs and the pack itself',
    inputs: ['GET', 'POST'],
    expected: { status: 403, message: 'This API key has no right to manage algorithms (allow_algo_management)\n' },
    send: (method) =>
      method === 'GET'
        ? ask(basic(shop.owner.username, noManagementKey), 'git-receive-pack')
        : request('POST', `${repository()}/git-receive-pack`, {
            headers: { Authorization: basic(shop.owner.username, noManagementKey) },
            contentType: 'application/x-git-receive-pack-request',
            body: '0000',
          }),
  },
]

const NO_ADDRESS = { status: 404, message: 'There is no repository at this address\n' }

function raw(method: string, path: string): Promise<Answer> {
  const headers = ['Host: localhost', `Authorization: ${owner()}`, 'Content-Length: 0']
  return exchangeOne(ground.target.url, [rawRequest(`${method} ${path} HTTP/1.1`, headers)])
}

const addresses: Row[] = [
  {
    name: 'files of the repository, as the dumb protocol reads them',
    inputs: [
      'HEAD',
      'config',
      'info/refs',
      'objects/info/packs',
      'objects/info/alternates',
      'objects/00/0000000000000000000000000000000000000000',
      'objects/pack/pack-0.pack',
      'hooks/post-receive',
      'refs/heads/master',
      'packed-refs',
      'description',
      '',
    ],
    expected: NO_ADDRESS,
    send: (file) => raw('GET', `/git/${shop.owner.username}/Forge.git/${file}`),
  },
  {
    name: 'dots in the address',
    inputs: [
      '../x',
      '..',
      'Forge.git/../Probe.git/info/refs?service=git-upload-pack',
      'Forge.git/..%2f..%2fx/info/refs?service=git-upload-pack',
      '%2e%2e/info/refs?service=git-upload-pack',
      'Forge.git//info/refs?service=git-upload-pack',
      '../../../etc/passwd',
      'Forge.git/info/refs/../../HEAD',
    ],
    expected: NO_ADDRESS,
    send: (path) => raw('GET', `/git/${shop.owner.username}/${path}`),
  },
  {
    name: 'services and methods that are not offered',
    inputs: [
      'GET info/refs?service=git-upload-archive',
      'GET info/refs?service=',
      'GET info/refs?service=../x',
      'POST info/refs?service=git-upload-pack',
      'GET git-receive-pack',
      'PUT git-receive-pack',
      'DELETE git-upload-pack',
      'POST git-upload-archive',
      'PROPFIND ',
    ],
    expected: NO_ADDRESS,
    send: (line) => {
      const [method = '', path = ''] = String(line).split(' ')
      return raw(method, `/git/${shop.owner.username}/Forge.git/${path}`)
    },
  },
]

export const accessRows: readonly Row[] = [...access, ...addresses]
