/** The accounts and algorithms of a soak, and the builds that go on while it runs. */
import { type Account, createAccount } from '../../conformance/lib/accounts.ts'
import {
  commit,
  createAlgorithm,
  expectGreen,
  gitOrFail,
  publish,
  pushGreen,
  type Workshop,
  waitForBuild,
  withClone,
} from '../../conformance/lib/algorithms.ts'
import type { Target } from '../../conformance/lib/server.ts'

const CALLERS = 4

/** Does what its input says; anything else it gives back. */
const WORK = `import time
import urllib.request
import os
import json
import sys


def platform(method, path, body=None):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["ALGORITHMIA_API"] + path, body, headers, method=method)
    with urllib.request.urlopen(request) as reply:
        return reply.read()


def apply(input):
    action = input.get("do") if isinstance(input, dict) else None
    if action == "sleep":
        time.sleep(input["seconds"])
        return "slept"
    if action == "print":
        print("x" * 2000)
        return "printed"
    if action == "raise":
        raise ValueError("as it was told")
    if action == "exit":
        sys.exit(3)
    if action == "call":
        return json.loads(platform("POST", "/v1/algo/" + input["algorithm"], json.dumps(input["input"]).encode()))
    if action == "keep":
        path = "/v1/data/.my/soak/" + input["name"]
        platform("PUT", path, input["text"].encode())
        return platform("GET", path).decode()
    return input
`

/** Large enough for its further workers to be forked from one that has loaded it (docs/workers.md). */
const LARGE = `${WORK}\nMODEL = bytearray(40 << 20)\n`

const ECHO = 'exports.apply = (input) => input\n'

export interface Farm {
  readonly callers: readonly Account[]
  readonly work: Workshop
  readonly echo: Workshop
  readonly large: Workshop
  /** Pushes a change that no other push made, waits for its build, and publishes it. */
  rebuild(count: number): Promise<void>
}

/** Every caller has a collection `soak`. @throws Error when something is not made */
export async function makeFarm(target: Target, makeCollection: (caller: Account) => Promise<void>): Promise<Farm> {
  const owner = await createAccount(target, 'owner')
  const callers = await Promise.all(Array.from({ length: CALLERS }, () => createAccount(target, 'caller')))
  const [work, echo, large, changing] = await Promise.all([
    install(target, owner, { name: 'Work', language: 'python3', file: 'src/Work.py', source: WORK }),
    install(target, owner, { name: 'Echo', language: 'javascript', file: 'src/Echo.js', source: ECHO }),
    install(target, owner, { name: 'Large', language: 'python3', file: 'src/Large.py', source: LARGE }),
    install(target, owner, { name: 'Changing', language: 'python3', file: 'src/Changing.py', source: WORK }),
  ])
  for (const caller of callers) await makeCollection(caller)

  async function rebuild(count: number): Promise<void> {
    await withClone(changing, async (folder) => {
      const sha = await commit(folder, { 'src/Changing.py': `${WORK}\n# change ${count}\n` })
      await gitOrFail(folder, 'push', '-q')
      await expectGreen(changing, await waitForBuild(changing, sha))
    })
    await publish(changing, { settings: { algorithm_callability: 'public' } })
  }

  return { callers, work, echo, large, rebuild }
}

interface Installed {
  readonly name: string
  readonly language: string
  readonly file: string
  readonly source: string
}

async function install(target: Target, owner: Account, { name, language, file, source }: Installed): Promise<Workshop> {
  const { shop } = await createAlgorithm(target, owner, { name, language })
  await pushGreen(shop, { [file]: source })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  return shop
}
