/**
 * The configuration as a function of an environment. The settings themselves, with defaults and reasons, are one table
 * in settings.ts; here they are read, checked against each other and given the shape that the rest of the server uses.
 * Only main.ts and cli.ts hand the real environment in.
 */
import { buildEnvironment } from './build-environment.ts'
import { nearest } from './nearest.ts'
import { retentionPolicy } from './retention-settings.ts'
import type { Setting, SettingsContext } from './setting-kinds.ts'
import { SETTINGS, type SettingValues } from './settings.ts'
import { tokenConflicts, tokenSettings } from './token-settings.ts'

const MIB = 1024 * 1024

/** Environment variables by name. */
export type Environment = { readonly [name: string]: string | undefined }

export type Config = ReturnType<typeof shape>

/**
 * Reads the configuration.
 *
 * @throws Error that lists every setting that is wrong or unknown, each with what was expected and what came
 */
export function readConfig(environment: Environment, context: SettingsContext): Config {
  const problems = unknownNames(environment)
  const values = readValues(environment, context, problems)
  if (problems.length === 0) problems.push(...conflicts(values, context))
  if (problems.length > 0) throw new Error(`Settings are wrong:\n${problems.map((line) => `- ${line}`).join('\n')}`)
  return shape(values, environment, context)
}

function readValues(environment: Environment, context: SettingsContext, problems: string[]): SettingValues {
  const read = (setting: Setting<unknown>) => {
    const text = environment[setting.name]
    if (text === undefined || text === '') return setting.defaultFor(context)
    const value = setting.parse(text)
    if (value === undefined) problems.push(mismatch(setting, text))
    return value
  }
  const entries = Object.entries<Setting<unknown>>(SETTINGS).map(([key, setting]) => [key, read(setting)])
  // Sound because every entry was parsed by its own setting; a failed one is in `problems` and stops readConfig.
  return Object.fromEntries(entries) as SettingValues
}

function mismatch(setting: Setting<unknown>, text: string): string {
  const came = setting.isSecret ? `${text.length} characters that are not shown` : JSON.stringify(text)
  return `${setting.name}: expected ${setting.expected}, got ${came}`
}

function unknownNames(environment: Environment): string[] {
  const known = Object.values<Setting<unknown>>(SETTINGS).map(({ name }) => name)
  return Object.keys(environment)
    .filter((name) => name.startsWith('ALGORIST_') && !known.includes(name))
    .map((name) => `${name} is not a setting; the nearest is ${nearest(name, known)}`)
}

function conflicts(values: SettingValues, context: SettingsContext): string[] {
  const problems: string[] = []
  if ((values.tlsCertificate === null) !== (values.tlsKey === null)) {
    problems.push('ALGORIST_TLS_CERTIFICATE and ALGORIST_TLS_KEY: expected both or neither, got one')
  }
  if (values.uidBase !== null && !context.isRoot) {
    problems.push('ALGORIST_UID_BASE: expected none, since only root can switch to other user ids')
  }
  return [...problems, ...tokenConflicts(values)]
}

function shape(values: SettingValues, environment: Environment, { isRoot }: SettingsContext) {
  const tls =
    values.tlsCertificate !== null && values.tlsKey !== null
      ? { certificatePath: values.tlsCertificate, keyPath: values.tlsKey }
      : null
  return {
    home: values.home,
    isRoot,
    /** Public base URL without a trailing slash. With port 0 and no ALGORIST_URL, free-port.ts puts the real port in. */
    url: values.url ?? derivedUrl(values.host, values.port, tls !== null),
    isUrlDerived: values.url === null,
    logLevel: values.logLevel,
    shutdownMs: values.shutdownSeconds * 1000,
    restart: { readyMs: values.restartReadySeconds * 1000, drainMs: values.restartDrainSeconds * 1000 },
    listen: { host: values.host, port: values.port, tls },
    database: {
      /** Null: SQLite at `sqlitePath`. */
      url: values.databaseUrl,
      sqlitePath: `${values.home}/db/algorist.sqlite`,
      maxConnections: values.databaseConnections,
    },
    /** Null: the file in the data folder. */
    masterKey: values.masterKey,
    admin: { name: values.adminName, email: values.adminEmail },
    signUp: values.signUp,
    sessionCookie: values.sessionCookie,
    /** Null: tokens of an identity provider are not accepted. */
    tokens: tokenSettings(values),
    mail: { smtpUrl: values.smtpUrl, from: values.mailFrom },
    sandbox: { kind: values.sandbox, uidBase: values.uidBase },
    egress: { allow: values.egressAllow ?? [] },
    /** Of workers and builds, as the runner takes it. */
    networks: {
      full: values.fullNetwork,
      build: values.buildNetwork,
      allow: values.networkAllow ?? [],
      buildAllow: values.buildNetworkAllow?.entries ?? [],
      detectsBuildAllow: values.buildNetworkAllow?.detects ?? true,
    },
    calls: {
      sessionsPerAccount: values.sessionsPerAccount,
      childCallsPerSession: values.childCallsPerSession,
      bodyBytes: values.callBodyBytes,
      resultBytes: values.callResultBytes,
      waitingCalls: values.waitingCalls,
      loggedPerSecond: values.callLogPerSecond,
      waitingBytes: values.waitingBytes,
      waitingMs: values.waitingSeconds * 1000,
    },
    /** Null: the runner decides by the size of the machine. */
    workers: {
      perVersion: values.workersPerVersion,
      total: values.workersTotal,
      perAccount: values.workersPerAccount,
      idleMs: values.workerIdleSeconds * 1000,
      maxAgeMs: values.workerMaxAgeSeconds === 0 ? Number.POSITIVE_INFINITY : values.workerMaxAgeSeconds * 1000,
      warmPerAccount: values.warmWorkersPerAccount,
      templates: values.workerTemplates,
      readyForks: values.readyForks,
      readyRuntimes: values.readyRuntimes,
    },
    builds: {
      timeoutMs: values.buildTimeoutSeconds * 1000,
      parallel: values.parallelBuilds,
      environment: buildEnvironment(values.buildEnvironment, environment),
    },
    /** What author code may use at most; what is absent follows from the machine. */
    limits: {
      worker: {
        ...(values.workerMemoryMib === null ? {} : { memoryBytes: values.workerMemoryMib * MIB }),
        ...(values.workerCpus === null ? {} : { cpus: values.workerCpus }),
        processes: values.workerProcesses,
        openFiles: values.workerOpenFiles,
        tmpBytes: values.workerTmpMib * MIB,
      },
      build: {
        ...(values.buildMemoryMib === null ? {} : { memoryBytes: values.buildMemoryMib * MIB }),
        ...(values.buildCpus === null ? {} : { cpus: values.buildCpus }),
        processes: values.buildProcesses,
        timeoutMs: values.buildTimeoutSeconds * 1000,
        diskBytes: values.buildDiskMib * MIB,
        keptPackagesBytes: values.keptPackagesMib * MIB,
        logBytes: values.buildLogBytes,
      },
    },
    /** Of accounts for which no other limits were set; null: no limit. */
    quotas: {
      callsPerDay: values.callsPerDay,
      cpuSecondsPerDay: values.cpuSecondsPerDay,
      dataBytes: values.dataBytesPerAccount,
    },
    storageSilenceMs: values.storageSilenceSeconds * 1000,
    dropboxApp: { key: values.dropboxAppKey, secret: values.dropboxAppSecret },
    data: {
      /** Null: the content is in files of the data folder. */
      store: values.dataStore,
      /** Null: no limit. */
      bytesPerAccount: values.dataBytesPerAccount,
      fileBytes: values.dataFileBytes,
    },
    memoryLimitPercent: values.memoryLimitPercent,
    diskLimitPercent: values.diskLimitPercent,
    retention: retentionPolicy(values),
    git: {
      pushBytes: values.gitPushBytes,
      concurrency: values.gitConcurrency,
      timeoutMs: values.gitTimeoutSeconds * 1000,
    },
  } as const
}

function derivedUrl(host: string, port: number, hasTls: boolean): string {
  const isAny = host === '0.0.0.0' || host === '::'
  const name = isAny ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return new URL(`${hasTls ? 'https' : 'http'}://${name}:${port}`).origin
}
