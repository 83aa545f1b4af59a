/** Algorithms, their builds and versions, and calls. In this order: later ones use what earlier ones made. */
import { byAdmin, type Exchange, type Scene } from './exchange.ts'

const newAlgorithm = ({ algorithm }: Scene) => ({
  name: algorithm,
  details: { label: 'x', summary: 'x', tagline: 'x' },
  settings: {
    language: 'python3',
    source_visibility: 'closed',
    license: 'apl',
    network_access: 'full',
    pipeline_enabled: true,
  },
})
const newVersion = () => ({ version_info: { release_notes: 'x', sample_input: '"x"' } })

const made = (method: string, rest = '') => {
  return ({ own, algorithm }: Scene): string => `${method} ${own(`/${algorithm}${rest}`)}`
}
const probe = (rest: string) => {
  return ({ own }: Scene): string => `GET ${own(`/Probe${rest}`)}`
}
const call = (query = '', version = '0.1.0') => {
  return (scene: Scene): string => `POST /v1/algo/${scene.probe.owner.username}/Probe/${version}${query}`
}
const called = (status: number, line: Exchange['line'], input: unknown): Exchange => ({
  ...{ operation: 'callAlgorithm', status, line },
  json: () => input,
})

export const ALGORITHM_EXCHANGES: readonly Exchange[] = [
  { operation: 'createAlgorithm', status: 201, line: ({ own }) => `POST ${own('')}`, json: newAlgorithm },
  { operation: 'createAlgorithm', status: 400, line: ({ own }) => `POST ${own('')}`, json: newAlgorithm },
  { operation: 'compileAlgorithm', status: 200, line: made('POST', '/compile') },
  { operation: 'publishVersion', status: 200, line: made('POST', '/versions'), json: newVersion },
  { operation: 'publishVersion', status: 400, line: made('POST', '/versions') },
  { operation: 'updateAlgorithm', status: 200, line: made('PUT'), json: () => ({ details: { tagline: 'y' } }) },
  { operation: 'getAlgorithm', status: 200, line: made('GET') },
  { operation: 'getAlgorithm', status: 200, line: ({ ids }) => `GET /v1/algorithms/${ids.algorithm}` },
  { operation: 'getAlgorithm', status: 403, as: 'stranger', line: made('GET') },
  { operation: 'getAlgorithm', status: 404, line: ({ own }) => `GET ${own('/Missing')}` },
  {
    operation: 'listUserAlgorithms',
    status: 200,
    line: (scene) => `GET /v1/users/${scene.probe.owner.username}/algorithms`,
  },
  { operation: 'getCommitLog', status: 200, line: probe('/log') },
  { operation: 'listBuilds', status: 200, line: probe('/builds?limit=1') },
  { operation: 'listBuilds', status: 400, line: probe('/builds?limit=0') },
  { operation: 'getBuild', status: 200, line: ({ own, ids }) => `GET ${own(`/Probe/builds/${ids.build}`)}` },
  { operation: 'getBuild', status: 404, line: probe('/builds/x') },
  { operation: 'getBuildLogs', status: 200, line: ({ own, ids }) => `GET ${own(`/Probe/builds/${ids.build}/logs`)}` },
  { operation: 'listVersions', status: 200, line: probe('/versions?limit=1') },
  { operation: 'getVersion', status: 200, line: ({ own, ids }) => `GET ${own(`/Probe/versions/${ids.sha}`)}` },
  { operation: 'getVersion', status: 404, line: probe(`/versions/${'0'.repeat(40)}`) },
  { operation: 'getScmStatus', status: 200, line: probe('/scm/status') },
  { operation: 'deleteAlgorithm', status: 204, line: made('DELETE') },
  ...['x', [1], null, { do: 'bytes' }, { do: 'fail' }].map((input) => called(200, call(), input)),
  called(200, call('?stdout=true'), { do: 'print' }),
  called(200, call('?output=void'), 'x'),
  byAdmin('listAlgorithmErrors', 200, probe('/errors')),
  byAdmin('listAlgorithmErrors', 200, ({ ids }) => `GET /v1/algorithms/${ids.algorithm}/errors`),
  { operation: 'listAlgorithmErrors', status: 403, as: 'stranger', line: probe('/errors') },
  { operation: 'listAlgorithmErrors', status: 404, line: ({ own }) => `GET ${own('/Missing/errors')}` },
  byAdmin('listUserErrors', 200, (scene) => `GET /v1/users/${scene.probe.owner.username}/errors`),
  { ...called(401, call(), 'x'), as: 'nobody' },
  called(404, call('', '9.9.9'), 'x'),
]
