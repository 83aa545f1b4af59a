/**
 * Eight accounts that attack a server at the same time, each in its own way and again and again. Owns their algorithms and
 * loops; who is harmed by them is looked at by attack-load.ts.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createAccount } from '../lib/accounts.ts'
import {
  commit,
  createAlgorithm,
  gitOrFail,
  publish,
  pushGreen,
  type Workshop,
  waitForBuild,
  withClone,
} from '../lib/algorithms.ts'
import type { Target } from '../lib/server.ts'

/** Python that does `attack` to the runner it runs on; bounded, so that a hole does not take the machine down. */
const SOURCE = `import os
import socket
import struct
import subprocess
import sys
import time


def memory():
    return len([bytearray(b"x") * (1 << 20) for _ in range(1024)])


def fork():
    children = []
    try:
        for _ in range(2000):
            pid = os.fork()
            if pid == 0:
                time.sleep(20)
                os._exit(0)
            children.append(pid)
    except OSError:
        pass
    time.sleep(1)
    for pid in children:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    return len(children)


def log():
    for _ in range(500):
        os.write(1, b"x" * 65535 + b"\\n")
        os.write(2, b"x" * 65535 + b"\\n")
    return "written"


def frames():
    os.write(3, struct.pack(">IBBI", 6, ord("V"), ord("t"), 4711) + b"forged")
    time.sleep(5)


def slow():
    os.write(3, struct.pack(">IBBI", 1000, ord("V"), ord("t"), 1))
    for _ in range(100):
        os.write(3, b"x")
        time.sleep(0.1)


def cpu():
    subprocess.run(["/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait"])


def scan():
    for host in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1", "172.17.0.1"]:
        for port in [22, 80, 443, 2375, 5432, 6379, 8080]:
            try:
                socket.create_connection((host, port), 0.05).close()
            except OSError:
                pass
    return "scanned"


def apply(input):
    return globals()[input]()
`

/** A build backend of a local package that fills the disk until it is stopped. */
const DISK_BUILD = {
  'requirements.txt': './local\n',
  'local/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  'local/backend.py': `import time


def build_wheel(folder, config_settings=None, metadata_directory=None):
    for index in range(24):
        with open("/opt/algorithm/fill%d" % index, "wb") as file:
            file.write(b"x" * (16 << 20))
    time.sleep(3)
    raise SystemExit("full")
`,
}

const BY_CALLS = ['memory', 'fork', 'log', 'frames', 'slow', 'cpu', 'scan'] as const
/** Enough for a bomb to come to its end, but for those that have none. */
const CALL_SECONDS = 15
const ENDLESS_CALL_SECONDS = 4
const ENDLESS = ['slow', 'cpu']
const PAUSE_MS = 100

export interface Attackers {
  /** Attacks until the time is over and every attack has ended; answers how many there were of each kind. */
  attack(durationMs: number): Promise<Map<string, number>>
}

/** Settings of a server that attackers are let loose on: limits that a small machine has room for. */
export const ATTACKED_SETTINGS = {
  ALGORIST_WORKER_MEMORY_MIB: '256',
  ALGORIST_WORKER_PROCESSES: '200',
  ALGORIST_BUILD_MEMORY_MIB: '512',
  ALGORIST_BUILD_DISK_MIB: '128',
}

export async function installAttackers(target: Target): Promise<Attackers> {
  const install = async (kind: string): Promise<[string, Workshop]> => {
    const owner = await createAccount(target, kind)
    const { shop } = await createAlgorithm(target, owner, { name: 'Attack', language: 'python3' })
    await pushGreen(shop, { 'src/Attack.py': SOURCE, 'requirements.txt': '' })
    await publish(shop)
    return [kind, shop]
  }
  const shops = new Map(await Promise.all([...BY_CALLS, 'disk'].map(install)))
  const disk = shops.get('disk')
  if (disk === undefined) throw new Error('There is no attacker by builds')
  const commitSha = await pushRed(disk)
  return {
    async attack(durationMs) {
      const endAtMs = performance.now() + durationMs
      const counts = new Map<string, number>()
      await Promise.all(
        [...shops].map(async ([kind, shop]) => {
          while (performance.now() < endAtMs) {
            await (kind === 'disk' ? rebuild(shop, commitSha) : callOnce(shop, kind))
            counts.set(kind, (counts.get(kind) ?? 0) + 1)
            await delay(PAUSE_MS)
          }
        }),
      )
      return counts
    },
  }
}

/** Pushes the build that is stopped; answers its commit. */
function pushRed(shop: Workshop): Promise<string> {
  return withClone(shop, async (folder) => {
    const sha = await commit(folder, DISK_BUILD)
    await gitOrFail(folder, 'push', '-q')
    const { status } = await waitForBuild(shop, sha)
    if (status === 'succeeded') throw new Error('A build filled the disk and succeeded')
    return sha
  })
}

async function callOnce({ callUrl, owner }: Workshop, kind: string): Promise<void> {
  const headers = { Authorization: `Simple ${owner.key}`, 'Content-Type': 'application/json' }
  const url = `${callUrl}/latestPrivate?timeout=${ENDLESS.includes(kind) ? ENDLESS_CALL_SECONDS : CALL_SECONDS}`
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(kind) })
  await reply.arrayBuffer()
}

async function rebuild({ url, owner }: Workshop, commitSha: string): Promise<void> {
  const headers = { Authorization: `Simple ${owner.key}`, 'Content-Type': 'application/json' }
  const reply = await fetch(`${url}/compile`, { method: 'POST', headers, body: JSON.stringify({ commitSha }) })
  await reply.arrayBuffer()
}
