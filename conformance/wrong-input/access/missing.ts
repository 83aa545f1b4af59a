/** Algorithms and versions that are not there, or not for this caller (rest-api.md 4.2, 4.7). */
import { request } from '../lib/ground.ts'
import type { Row } from '../lib/rows.ts'
import { call, FORBIDDEN, hiddenPath, probePath, scene, ZEROS } from './scene.ts'

/** A call of something that is not there for this caller; its name is repeated exactly. */
function missing(name: string, key: () => string, paths: () => readonly string[]): Row {
  return {
    name,
    sent: 'each gets its own path in the message',
    expected: { status: 404, message: 'algorithm algo://{path} not found' },
    async send() {
      for (const path of paths()) {
        const url = `${scene.ground.target.url}/v1/algo/${path}`
        const answer = await request('POST', url, { key: key(), body: 'x' })
        const { message } = JSON.parse(answer.text).error ?? { message: answer.text }
        if (answer.status !== 404 || message !== `algorithm algo://${path} not found`) return answer
      }
      return { status: 404, text: 'algorithm algo://{path} not found' }
    },
  }
}

const ownKey = () => scene.owner.key
const strangersKey = () => scene.stranger.key

export const missingRows: Row[] = [
  missing('an owner, an algorithm or an id that is not there', ownKey, () => [
    'nobody/Probe',
    `${scene.owner.username}/Missing`,
    `${scene.owner.username}x/Probe`,
    '00000000-0000-0000-0000-000000000000',
    'admin/Probe',
  ]),
  missing('a version that is not there', ownKey, () =>
    ['9.9.9', '0.1.1', '9', '9.*', '9.9.*', '0.2', '0.2.*', '1'].map((version) => `${probePath()}/${version}`),
  ),
  {
    name: 'a commit that has no build',
    sent: 'forty zeros',
    expected: { status: 404, message: /not found: this commit has no build; .*build it by POST \S+\/compile with \{/ },
    send: () => call({ key: scene.owner.key, path: `/${ZEROS}` }),
  },
  missing('a version that is none', ownKey, () =>
    [
      'banana',
      '0.1.0.0',
      '0..1',
      'v0.1.0',
      '0.1.0-beta',
      '00.1.0',
      '-1',
      '1e0',
      'LATEST',
      'latestprivate',
      'master',
      'HEAD',
      '0.1.9999999999',
      scene.probeSha.slice(0, 7),
      scene.probeSha.slice(0, 39),
      `${scene.probeSha}0`,
    ].map((version) => `${probePath()}/${version}`),
  ),
  missing("somebody else's private version by number or range", strangersKey, () =>
    ['0.2.0', '0.2', '0.2.*'].map((version) => `${probePath()}/${version}`),
  ),
  missing("somebody else's private algorithm, however it is named", strangersKey, () =>
    ['', '/0.1.0', '/latest', '/latestPrivate', `/${scene.hiddenSha}`, '/0.*'].flatMap((version) => [
      hiddenPath() + version,
      scene.hiddenId + version,
    ]),
  ),
  {
    name: "somebody else's commit or newest private version",
    sent: 'SHA and latestPrivate of an algorithm with a public version',
    inputs: ['sha', 'latestPrivate'],
    expected: { status: 403, message: FORBIDDEN.message },
    send: (selector) =>
      call({ key: scene.stranger.key, path: `/${selector === 'sha' ? scene.probeSha : String(selector)}` }),
  },
  {
    name: 'one’s own algorithm without a public version and without selector',
    sent: 'no version, latest',
    inputs: ['', '/latest'],
    expected: {
      status: 404,
      message: /^algorithm algo:\/\/\w+\/Hidden(?:\/latest)? not found: it has no public version$/,
    },
    send: (path) => request('POST', scene.hidden.callUrl + String(path), { key: scene.owner.key, body: 'x' }),
  },
]
