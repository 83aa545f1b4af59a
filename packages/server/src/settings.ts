/**
 * The settings: one table with, for each environment variable, what it means, its default and the reason for it.
 * docs/settings.md is printed from it (settings-page.ts). Reading and combining the values is config.ts.
 */
import { CONNECTOR_SETTINGS } from './connector-settings.ts'
import { DATA_SETTINGS } from './data-settings.ts'
import { LIMIT_SETTINGS } from './limit-settings.ts'
import { NETWORK_SETTINGS } from './network-settings.ts'
import { RETENTION_SETTINGS } from './retention-settings.ts'
import {
  described,
  integer,
  oneOf,
  optional,
  parseAddressRanges,
  parseBaseUrl,
  parseKey,
  parseNames,
  parsePath,
  parsePostgresUrl,
  parseSmtpUrl,
  type Setting,
  secret,
  text,
  wholeNumber,
} from './setting-kinds.ts'
import { TOKEN_SETTINGS } from './token-settings.ts'
import { USAGE_SETTINGS } from './usage-settings.ts'

const SERVER = 'Address and storage'
const SECURITY = 'Security'
const CALLS = 'Calls'
const WORKERS = 'Workers'
const BUILDS = 'Builds and git'

const atLeastOne = wholeNumber({ min: 1, max: 100_000 })

export const SETTINGS = {
  home: {
    ...described(
      'ALGORIST_HOME',
      SERVER,
      'Data folder; everything the server keeps is below it. One server at a time.',
    ),
    expected: 'an absolute path',
    defaultText: '`/var/lib/algorist` as root, else `~/.local/share/algorist`',
    isSecret: false,
    parse: (text) => (text.startsWith('/') ? text : undefined),
    defaultFor: ({ isRoot, homeFolder }) => (isRoot ? '/var/lib/algorist' : `${homeFolder}/.local/share/algorist`),
  } as Setting<string>,
  host: text('127.0.0.1', 'an address or host name', /^[^\s/]+$/, {
    name: 'ALGORIST_HOST',
    section: SERVER,
    meaning: 'Address to listen on. Loopback, so that nothing is exposed before somebody decides so.',
  }),
  port: integer(
    8080,
    { min: 0, max: 65535 },
    {
      name: 'ALGORIST_PORT',
      section: SERVER,
      meaning: 'Port to listen on; 0 takes a free one. 8080 is where the client libraries look in their own tests.',
    },
  ),
  url: optional('derived from host, port and TLS', 'an http or https address without a path', parseBaseUrl, {
    name: 'ALGORIST_URL',
    section: SERVER,
    meaning:
      'Address that callers use, for links in replies and git URLs. Set it behind a proxy. ' +
      'Some client libraries drop a path, so there is none.',
  }),
  tlsCertificate: optional('none', 'an absolute path', parsePath, {
    name: 'ALGORIST_TLS_CERTIFICATE',
    section: SERVER,
    meaning: 'PEM file with the certificate chain. Together with ALGORIST_TLS_KEY it turns HTTPS on.',
  }),
  tlsKey: optional('none', 'an absolute path', parsePath, {
    name: 'ALGORIST_TLS_KEY',
    section: SERVER,
    meaning: 'PEM file with the private key of the certificate.',
  }),
  databaseUrl: secret('SQLite in the data folder', 'a postgres:// address', parsePostgresUrl, {
    name: 'ALGORIST_DATABASE_URL',
    section: SERVER,
    meaning: 'PostgreSQL database to use. Without it the server needs no database of its own to be installed.',
  }),
  databaseConnections: integer(
    10,
    { min: 2, max: 1000 },
    {
      name: 'ALGORIST_DATABASE_CONNECTIONS',
      section: SERVER,
      meaning: 'PostgreSQL connections at most. Calls need none, so a few serve many callers.',
    },
  ),
  logLevel: oneOf('info', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    name: 'ALGORIST_LOG_LEVEL',
    section: SERVER,
    meaning: 'Least important log lines to write.',
  }),
  shutdownSeconds: integer(
    30,
    { min: 0, max: 3600 },
    {
      name: 'ALGORIST_SHUTDOWN_SECONDS',
      section: SERVER,
      meaning: 'Time that running calls get to finish when the server stops. Service managers often wait 90 s.',
    },
  ),
  restartReadySeconds: integer(
    120,
    { min: 5, max: 86_400 },
    {
      name: 'ALGORIST_RESTART_READY_SECONDS',
      section: SERVER,
      meaning:
        'Time that a new server gets to become ready when it is to follow this one; after that this one goes on. ' +
        'Raise it for an upgrade that changes large tables.',
    },
  ),
  restartDrainSeconds: integer(
    3600,
    { min: 0, max: 86_400 },
    {
      name: 'ALGORIST_RESTART_DRAIN_SECONDS',
      section: SERVER,
      meaning:
        'Time that calls, uploads and builds get to finish in a server that another one has followed. ' +
        'Longer than the longest call.',
    },
  ),
  masterKey: secret('a file in the data folder, made at the first start', '32 bytes as hex or base64', parseKey, {
    name: 'ALGORIST_MASTER_KEY',
    section: SECURITY,
    meaning: 'Encrypts what can be shown again, such as API keys. Set it to keep it apart from the data.',
  }),
  adminName: text('admin', 'a letter, then letters, digits or _, at most 30', /^[a-zA-Z][a-zA-Z0-9_]{0,29}$/, {
    name: 'ALGORIST_ADMIN_NAME',
    section: SECURITY,
    meaning: 'User name of the first administrator. Read at the first start only.',
  }),
  adminEmail: text('admin@algorist.local', 'an e-mail address', /^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+[.][a-zA-Z]{2,}$/, {
    name: 'ALGORIST_ADMIN_EMAIL',
    section: SECURITY,
    meaning: 'E-mail address of the first administrator. Read at the first start only; it cannot be changed later.',
  }),
  signUp: oneOf('invited', ['closed', 'invited', 'open'], {
    name: 'ALGORIST_SIGN_UP',
    section: SECURITY,
    meaning:
      'Who may create an account for themselves: nobody, people with an invite code of an administrator, or everybody ' +
      'who reaches the server.',
  }),
  sessionCookie: text('ALGO_SESSION', 'letters, digits, _ and -', /^[A-Za-z0-9_-]{1,64}$/, {
    name: 'ALGORIST_SESSION_COOKIE',
    section: SECURITY,
    meaning: 'Name of the cookie of browser sessions. Servers under one domain need different ones.',
  }),
  smtpUrl: secret('none', 'an smtp:// or smtps:// address', parseSmtpUrl, {
    name: 'ALGORIST_SMTP_URL',
    section: SERVER,
    meaning:
      'Server that takes mail for invitations and forgotten passwords, such as ' +
      '`smtps://user:password@mail.example.com`. Without one no mail is sent and operators set passwords.',
  }),
  mailFrom: text('algorist@localhost', 'an e-mail address', /^[^\s@<>]+@[^\s@<>]+$/, {
    name: 'ALGORIST_MAIL_FROM',
    section: SERVER,
    meaning: 'Sender of those mails.',
  }),
  sandbox: oneOf('bubblewrap', ['bubblewrap', 'trusted-code-only'], {
    name: 'ALGORIST_SANDBOX',
    section: SECURITY,
    meaning:
      'How author code is contained. `trusted-code-only` contains nothing: only for code that may do all the server may. ' +
      'It is never chosen silently; a server that cannot contain code refuses to start.',
  }),
  uidBase: {
    ...described(
      'ALGORIST_UID_BASE',
      SECURITY,
      'First of the host user ids that workers, builds and git run under, one per account. ' +
        'Above what distributions hand out. Needs root; otherwise everything runs as the server does.',
    ),
    ...wholeNumber({ min: 1000, max: 4_000_000_000 }),
    defaultText: '200000 as root, else none',
    isSecret: false,
    defaultFor: ({ isRoot }) => (isRoot ? 200_000 : null),
  } as Setting<number | null>,
  egressAllow: optional(
    'none',
    'addresses and CIDR ranges separated by commas, such as 10.0.0.0/8,192.168.1.7',
    parseAddressRanges,
    {
      name: 'ALGORIST_EGRESS_ALLOW',
      section: SECURITY,
      meaning:
        'Addresses that the server’s own requests may go to although they are not public: loopback, private and other ' +
        'special ranges. Callers choose where some of those requests go, so none is allowed unless named here.',
    },
  ),

  sessionsPerAccount: integer(
    80,
    { min: 1, max: 100_000 },
    {
      name: 'ALGORIST_SESSIONS_PER_ACCOUNT',
      section: CALLS,
      meaning: 'Root calls of one account at a time; more get 429. The figure callers of this API know.',
    },
  ),
  childCallsPerSession: integer(
    24,
    { min: 0, max: 100_000 },
    {
      name: 'ALGORIST_CHILD_CALLS_PER_SESSION',
      section: CALLS,
      meaning:
        'Calls that one root call may have running below it, and how deep they may be nested. The documented figure.',
    },
  ),
  callBodyBytes: integer(
    10_485_760,
    { min: 1024, max: 1_073_741_824 },
    {
      name: 'ALGORIST_CALL_BODY_BYTES',
      section: CALLS,
      meaning: 'Largest call body; more gets 413. 10 MiB, the documented figure.',
    },
  ),
  callLogPerSecond: integer(
    500,
    { min: 1, max: 100_000 },
    {
      name: 'ALGORIST_CALL_LOG_PER_SECOND',
      section: CALLS,
      meaning:
        'Calls that the call log takes in one second, failures first; the others are counted, and every call is in the ' +
        'usage. A flood of calls costs the disk no more than this.',
    },
  ),
  callResultBytes: integer(
    15_000_000,
    { min: 1024, max: 1_073_741_824 },
    {
      name: 'ALGORIST_CALL_RESULT_BYTES',
      section: CALLS,
      meaning: 'Largest result of a call. 15 MB, the documented figure.',
    },
  ),
  waitingCalls: integer(
    100,
    { min: 0, max: 1_000_000 },
    {
      name: 'ALGORIST_WAITING_CALLS',
      section: CALLS,
      meaning: 'Calls that may wait for a worker of one version; more get 503 at once instead of a long wait.',
    },
  ),
  waitingBytes: integer(
    10_485_760,
    { min: 1024, max: 17_179_869_184 },
    {
      name: 'ALGORIST_WAITING_BYTES',
      section: CALLS,
      meaning: 'Bodies of those waiting calls together, since they are held in memory.',
    },
  ),
  waitingSeconds: integer(
    30,
    { min: 1, max: 3000 },
    {
      name: 'ALGORIST_WAITING_SECONDS',
      section: CALLS,
      meaning: 'Longest wait for a worker; then 503. Longer waits are better spent retrying elsewhere.',
    },
  ),

  workersPerVersion: optional('2 for each processor core', atLeastOne.expected, atLeastOne.parse, {
    name: 'ALGORIST_WORKERS_PER_VERSION',
    section: WORKERS,
    meaning: 'Processes of one version for one account. One busy version must not fill the machine.',
  }),
  workersTotal: optional('1 for each 128 MiB of memory, 16 to 512', atLeastOne.expected, atLeastOne.parse, {
    name: 'ALGORIST_WORKERS_TOTAL',
    section: WORKERS,
    meaning: 'Processes of all versions together. More than fit into memory would slow down every call.',
  }),
  workersPerAccount: optional('as many as in total', atLeastOne.expected, atLeastOne.parse, {
    name: 'ALGORIST_WORKERS_PER_ACCOUNT',
    section: WORKERS,
    meaning:
      'Processes for the calls of one account. Without it an account may use what nobody else needs; when others need it, ' +
      'the one that has the most gives way.',
  }),
  workerIdleSeconds: integer(
    300,
    { min: 1, max: 86_400 },
    {
      name: 'ALGORIST_WORKER_IDLE_SECONDS',
      section: WORKERS,
      meaning: 'An idle worker ends after this time. Long enough for a person who tries things out.',
    },
  ),
  workerMaxAgeSeconds: integer(
    0,
    { min: 0, max: 31_536_000 },
    {
      name: 'ALGORIST_WORKER_MAX_AGE_SECONDS',
      section: WORKERS,
      meaning:
        'A worker that has been ready for this long is replaced, once another one is ready; its running call finishes. For code ' +
        'that grows with its calls. 0: never.',
    },
  ),
  warmWorkersPerAccount: integer(
    4,
    { min: 0, max: 100_000 },
    {
      name: 'ALGORIST_WARM_WORKERS_PER_ACCOUNT',
      section: WORKERS,
      meaning:
        'Workers that an owner may have kept ready (`settings.warm_workers`), over all its algorithms. They give way to calls of ' +
        'others and end when memory is short, so they cost what would be idle.',
    },
  ),
  workerTemplates: oneOf('version', ['off', 'environment', 'version'], {
    name: 'ALGORIST_WORKER_TEMPLATES',
    section: WORKERS,
    meaning:
      'What new workers of Python and JavaScript are forked from, which takes a fraction of the time of a start. `environment`: a ' +
      'process for each account that has loaded the interpreter and nothing of anybody’s code. `version`: also, for the further ' +
      'workers of a Python version that takes much memory, a process that has loaded it; they share that memory (docs/workers.md). ' +
      '`off`: each worker is started by itself.',
  }),
  readyForks: integer(
    2,
    { min: 0, max: 100 },
    {
      name: 'ALGORIST_READY_FORKS',
      section: WORKERS,
      meaning: 'Workers to be, of each template, that wait for their first order. Each has memory of its own.',
    },
  ),
  readyRuntimes: integer(
    1,
    { min: 0, max: 100 },
    {
      name: 'ALGORIST_READY_RUNTIMES',
      section: WORKERS,
      meaning:
        'The same for languages that cannot be forked once they run, which is JavaScript: started programs, for each account that ' +
        'has called it lately, that wait for an algorithm. Each takes about as much memory as an idle worker. 0: each worker is ' +
        'started by itself, as it is with `ALGORIST_WORKER_TEMPLATES=off`.',
    },
  ),

  buildTimeoutSeconds: integer(
    1800,
    { min: 10, max: 86_400 },
    {
      name: 'ALGORIST_BUILD_TIMEOUT_SECONDS',
      section: BUILDS,
      meaning: 'Time a build may take. Large libraries that compile native code need many minutes.',
    },
  ),
  parallelBuilds: integer(
    2,
    { min: 1, max: 1000 },
    {
      name: 'ALGORIST_PARALLEL_BUILDS',
      section: BUILDS,
      meaning: 'Builds at a time; others wait. Builds use all they get, and calls come first.',
    },
  ),
  buildEnvironment: optional(
    'mirrors, proxies and CA files found in the environment',
    'none, or NAME=VALUE and NAME separated by commas',
    parseNames,
    {
      name: 'ALGORIST_BUILD_ENV',
      section: BUILDS,
      meaning:
        'Variables that builds see, `NAME=VALUE` separated by commas; `NAME` alone copies the value from the server’s ' +
        'environment; `none` for none. Nothing else of the environment reaches a build.',
    },
  ),
  gitPushBytes: integer(
    524_288_000,
    { min: 1_048_576, max: 1_099_511_627_776 },
    {
      name: 'ALGORIST_GIT_PUSH_BYTES',
      section: BUILDS,
      meaning: 'Largest push. 500 MiB: models fit, disks do not fill by accident.',
    },
  ),
  gitConcurrency: integer(
    8,
    { min: 1, max: 1000 },
    {
      name: 'ALGORIST_GIT_CONCURRENCY',
      section: BUILDS,
      meaning: 'Git processes at a time; others wait. Packing is heavy on memory.',
    },
  ),
  gitTimeoutSeconds: integer(
    600,
    { min: 10, max: 86_400 },
    {
      name: 'ALGORIST_GIT_TIMEOUT_SECONDS',
      section: BUILDS,
      meaning: 'Time one git request may take. A 500 MiB push over a slow line fits.',
    },
  ),

  ...DATA_SETTINGS,
  ...USAGE_SETTINGS,
  ...CONNECTOR_SETTINGS,
  ...LIMIT_SETTINGS,
  ...NETWORK_SETTINGS,
  ...TOKEN_SETTINGS,
  ...RETENTION_SETTINGS,
} as const

/** The settings as read: one value per entry of {@link SETTINGS}. */
export type SettingValues = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never
}
