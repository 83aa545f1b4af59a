/** Algorist with every feature on, and the strict ruler, as something to measure. */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, createAccount } from '../../conformance/lib/accounts.ts'
import { createAlgorithm, publish, pushGreen } from '../../conformance/lib/algorithms.ts'
import { startTarget, type Target } from '../../conformance/lib/server.ts'
import { startRuler } from '../lib/ruler.ts'
import { checkAnswers, type Language, plainCall, type Running, type Subject } from './subject.ts'
import type { Case } from './workloads.ts'

const SERVERS = join(import.meta.dirname, 'servers')
const ROOT = join(import.meta.dirname, '../..')

/** By default 10 MiB of bodies wait for one version and more get 503; peers keep any number in memory. */
const SETTINGS = { ALGORIST_WAITING_BYTES: String(64 * 1024 * 1024) }

/** Algorithms that do the work of the peers' servers, with the same pins. */
const ALGORITHMS = {
  Python: { id: 'algorist', language: 'python3', name: 'WorkPython', files: pythonFiles },
  JavaScript: { id: 'algorist-js', language: 'javascript', name: 'WorkJavaScript', files: javascriptFiles },
} as const

async function pythonFiles(name: string): Promise<Record<string, string>> {
  const pins = await readFile(join(import.meta.dirname, 'python/litserve.txt'), 'utf8')
  return {
    [`src/${name}.py`]: await readFile(join(SERVERS, 'work.py'), 'utf8'),
    'requirements.txt': `${pins.match(/^(scikit-learn|numpy|scipy|joblib|threadpoolctl)==.*$/gm)?.join('\n')}\n`,
  }
}

async function javascriptFiles(name: string): Promise<Record<string, string>> {
  return {
    [`src/${name}.js`]: await readFile(join(SERVERS, 'work.mjs'), 'utf8'),
    'package.json': JSON.stringify({ name: 'work', version: '0.1.0', private: true, type: 'module' }),
  }
}

export interface Own {
  readonly subjects: readonly Subject[]
  /** Removes the data folder. */
  close(): Promise<void>
}

/** Subjects on one data folder, where both algorithms are published when the first of them is installed. */
export async function algoristSubjects(): Promise<Own> {
  const home = await mkdtemp(join(tmpdir(), 'algorist-peers-'))
  // Workers run under other uids and must be able to walk down to their artifact.
  await chmod(home, 0o755)
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  let account: Promise<Account> | null = null
  const prepared = (): Promise<Account> => {
    account ??= publishAll(home)
    return account
  }
  const subjectOf = (language: Language): Subject => ({
    id: ALGORITHMS[language].id,
    name: 'Algorist',
    version,
    group: 'algorist',
    language,
    setting: 'every feature on; bodies that wait may be 64 MiB together',
    install: async () => {
      await prepared()
    },
    start: async () => startAlgorist(home, await prepared(), language),
  })
  return {
    subjects: [subjectOf('Python'), subjectOf('JavaScript')],
    close: () => rm(home, { recursive: true, force: true }),
  }
}

async function openTarget(home: string): Promise<Target & { readonly pid: number }> {
  const target = await startTarget({ ALGORIST_HOME: join(home, 'home'), ...SETTINGS })
  const { pid } = target
  if (pid === null) throw new Error('This benchmark starts its own server: unset ALGORIST_TARGET')
  return { ...target, pid }
}

/** Through the front door: account, algorithm, push, build, version. */
async function publishAll(home: string): Promise<Account> {
  const target = await openTarget(home)
  try {
    const account = await createAccount(target, 'bench')
    for (const { name, language, files } of Object.values(ALGORITHMS)) {
      const { shop } = await createAlgorithm(target, account, { name, language })
      await pushGreen(shop, await files(name))
      await publish(shop, { version_info: { version_type: 'minor' } })
    }
    return account
  } finally {
    await target.close()
  }
}

async function startAlgorist(home: string, { username, key }: Account, language: Language): Promise<Running> {
  const target = await openTarget(home)
  const url = `${target.url}/v1/algo/${username}/${ALGORITHMS[language].name}/0.1.0`
  const call = plainCall(url, { Authorization: `Simple ${key}` })
  const running = { pid: target.pid, calls: { hello: call, echo: call, predict: call }, close: target.close }
  try {
    await checkAnswers(running)
    return running
  } catch (error) {
    await target.close()
    throw error
  }
}

/** They only echo, after parsing: the greeting is what they are given. They know no models. */
export const RULERS: readonly Subject[] = [rulerSubject('Python'), rulerSubject('JavaScript')]

function rulerSubject(language: Language): Subject {
  const id = language === 'Python' ? 'python' : 'javascript'
  return {
    id: `ruler-${id}`,
    name: 'Strict ruler',
    version: '',
    group: 'ruler',
    language,
    setting: 'node:http and two workers over Unix sockets, nothing else',
    install: async () => {},
    start: async () => {
      const ruler = await startRuler(id, 'strict')
      const call = { ...plainCall(ruler.url), resultOf: (reply: string) => JSON.parse(reply) }
      const hello = { ...call, bodyOf: ({ name }: Case['input']) => JSON.stringify(`Hello ${name}`) }
      const echo = { ...call, bodyOf: ({ data }: Case['input']) => JSON.stringify(data) }
      return { pid: null, calls: { hello, echo }, close: async () => ruler.close() }
    },
  }
}
