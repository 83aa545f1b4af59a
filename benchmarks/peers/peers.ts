/** The peers and engines, and how their own documents say to run them in production, on two cores. */
import type { Language } from './subject.ts'
import type { WorkloadName } from './workloads.ts'

/** Where a peer finds things when it is started. */
export interface Place {
  /** Of this checkout's programs for Python; of their copy beside node_modules for JavaScript. */
  readonly servers: string
  /** Of programs that its packages brought. */
  readonly bin: string
  readonly port: number
  /** For ports that it opens besides and nobody calls. */
  readonly otherPorts: readonly [number, number]
  /** Empty, short, and removed when it has ended. */
  readonly scratch: string
}

export interface Protocol {
  readonly path: string
  bodyOf?(input: Readonly<Record<string, unknown>>): string
  resultOf?(reply: string): unknown
}

export interface Peer {
  readonly id: string
  readonly name: string
  readonly group: 'peer' | 'engine'
  readonly language: Language
  /** Whose version is shown. */
  readonly package: string
  readonly setting: string
  command(place: Place): readonly [string, ...string[]]
  environment?(place: Place): Readonly<Record<string, string>>
  /** `/` for all when left out. */
  readonly protocols?: Readonly<Record<WorkloadName, Protocol>>
}

/** Processes of each peer that has such a setting. */
export const WORKERS = 2

const NODE = process.execPath

export const PEERS: readonly Peer[] = [
  {
    id: 'functions-framework',
    name: 'Functions Framework',
    group: 'peer',
    language: 'Python',
    package: 'functions-framework',
    setting: `gunicorn, ${WORKERS} workers`,
    command: ({ bin, servers, port }) => [
      `${bin}/functions-framework`,
      `--source=${servers}/functions_framework_app.py`,
      '--target=answer',
      '--host=127.0.0.1',
      `--port=${port}`,
    ],
  },
  {
    id: 'fastapi',
    name: 'FastAPI, uvicorn',
    group: 'peer',
    language: 'Python',
    package: 'fastapi',
    setting: `uvicorn with uvloop and httptools, ${WORKERS} workers`,
    command: ({ bin, servers, port }) => [
      `${bin}/uvicorn`,
      'fastapi_app:app',
      `--app-dir=${servers}`,
      '--host=127.0.0.1',
      `--port=${port}`,
      `--workers=${WORKERS}`,
      '--no-access-log',
    ],
  },
  {
    id: 'litserve',
    name: 'LitServe',
    group: 'peer',
    language: 'Python',
    package: 'litserve',
    setting: `${WORKERS} API servers, ${WORKERS} workers, fast queue`,
    command: ({ bin, servers }) => [`${bin}/python`, `${servers}/litserve_app.py`],
  },
  {
    id: 'bentoml',
    name: 'BentoML',
    group: 'peer',
    language: 'Python',
    package: 'bentoml',
    setting: `${WORKERS} workers`,
    command: ({ bin, servers, port }) => [
      `${bin}/bentoml`,
      'serve',
      'bentoml_app:Answer',
      `--working-dir=${servers}`,
      '--host=127.0.0.1',
      `--port=${port}`,
    ],
    environment: ({ scratch }) => ({
      BENTOML_HOME: scratch,
      BENTOML_DO_NOT_TRACK: 'True',
      BENTOML_CONFIG_OPTIONS: 'api_server.logging.access.enabled=false',
    }),
    protocols: { hello: { path: '/hello' }, echo: { path: '/echo' }, predict: { path: '/predict' } },
  },
  {
    id: 'ray',
    name: 'Ray Serve',
    group: 'peer',
    language: 'Python',
    package: 'ray',
    setting: `${WORKERS} replicas, optimised for throughput`,
    command: ({ bin, servers }) => [`${bin}/python`, `${servers}/ray_app.py`],
    environment: ({ scratch }) => ({
      RAY_FOLDER: scratch,
      RAY_USAGE_STATS_ENABLED: '0',
      // Off, its processes talk over loopback instead of the machine's own address.
      RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0',
      RAY_SERVE_THROUGHPUT_OPTIMIZED: '1',
    }),
  },
  {
    id: 'mlserver',
    name: 'MLServer',
    group: 'peer',
    language: 'Python',
    package: 'mlserver',
    setting: `${WORKERS} parallel workers`,
    command: ({ bin, servers }) => [`${bin}/python`, `${servers}/mlserver_app.py`],
    environment: ({ port, otherPorts: [grpc, metrics] }) => ({
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_HTTP_PORT: String(port),
      MLSERVER_GRPC_PORT: String(grpc),
      MLSERVER_METRICS_PORT: String(metrics),
      MLSERVER_PARALLEL_WORKERS: String(WORKERS),
      MLSERVER_DEBUG: 'false',
    }),
    protocols: {
      hello: { path: '/answer' },
      echo: { path: '/answer' },
      predict: {
        path: '/v2/models/iris/infer',
        bodyOf: ({ x }) => {
          const rows = x as readonly (readonly number[])[]
          const shape = [rows.length, 4]
          return JSON.stringify({ inputs: [{ name: 'x', shape, datatype: 'FP64', data: rows.flat() }] })
        },
        resultOf: (reply) => JSON.parse(reply).outputs[0].data,
      },
    },
  },
  {
    id: 'functions-framework-node',
    name: 'Functions Framework',
    group: 'peer',
    language: 'JavaScript',
    package: '@google-cloud/functions-framework',
    setting: 'one process, as it comes',
    command: ({ bin, servers, port }) => [
      NODE,
      `${bin}/functions-framework`,
      `--source=${servers}/functions-framework.mjs`,
      '--target=answer',
      `--port=${port}`,
    ],
    environment: () => ({ NODE_ENV: 'production' }),
  },
  {
    id: 'faas-js-runtime',
    name: 'faas-js-runtime (Knative)',
    group: 'peer',
    language: 'JavaScript',
    package: 'faas-js-runtime',
    setting: 'one process, as it comes',
    command: ({ bin, servers, port }) => [
      NODE,
      `${bin}/faas-js-runtime`,
      `${servers}/faas.mjs`,
      `--port=${port}`,
      '--log-level=error',
    ],
    environment: () => ({ NODE_ENV: 'production' }),
  },
  {
    id: 'fastify',
    name: 'Fastify',
    group: 'engine',
    language: 'JavaScript',
    package: 'fastify',
    setting: 'one process',
    command: ({ servers }) => [NODE, `${servers}/fastify.mjs`],
    environment: () => ({ NODE_ENV: 'production' }),
  },
  {
    id: 'deno',
    name: 'Deno serve',
    group: 'engine',
    language: 'JavaScript',
    package: 'deno',
    setting: `--parallel, ${WORKERS} threads`,
    command: ({ bin, servers, port }) => [
      `${bin}/../@deno/linux-x64-glibc/deno`,
      'serve',
      '--parallel',
      '--host=127.0.0.1',
      `--port=${port}`,
      `${servers}/engine.mjs`,
    ],
    environment: ({ scratch }) => ({ DENO_DIR: scratch, DENO_JOBS: String(WORKERS), DENO_NO_UPDATE_CHECK: '1' }),
  },
  {
    id: 'workerd',
    name: 'workerd',
    group: 'engine',
    language: 'JavaScript',
    package: 'workerd',
    setting: 'one process, one thread',
    command: ({ bin, servers, port }) => [
      `${bin}/../@cloudflare/workerd-linux-64/bin/workerd`,
      'serve',
      `${servers}/workerd.capnp`,
      `--socket-addr=http=127.0.0.1:${port}`,
    ],
  },
]
