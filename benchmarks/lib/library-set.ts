/**
 * An algorithm that has loaded a large set of libraries: numpy, pandas and a model where a package index serves them to builds, and
 * otherwise generated modules whose values take as much memory. Orders: a number with a fraction waits so many seconds, `exit`
 * ends the worker, `memory` tells what it occupies, everything else is echoed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createAlgorithm, publish, pushGreen, type Workshop } from '../../conformance/lib/algorithms.ts'
import { curlJson } from '../../conformance/lib/curl.ts'
import type { Service } from './service.ts'

const MODULES = 50
/** Strings of 100 characters: about two mebibytes in each module. */
const VALUES_OF_MODULE = 13_000

export interface LoadedAlgorithm {
  readonly shop: Workshop
  /** Of what kind, and how much memory a worker has with it. */
  readonly libraries: string
}

function sourceOf(imports: string): string {
  return `import os
import time
${imports}


def apply(order):
    if order == "exit":
        os._exit(0)
    if isinstance(order, float):
        time.sleep(order)
    if order == "memory":
        with open("/proc/self/status") as status:
            return [int(line.split()[1]) for line in status if line.startswith("VmRSS")][0]
    return order
`
}

/** With them a worker has about 70 MiB; numbers as of a model make it 100. */
const REAL = {
  'src/Loaded.py': sourceOf('import numpy\nimport pandas\n\nMODEL = numpy.full(4_000_000, 1.5)'),
  'requirements.txt': 'numpy\npandas\n',
}

function generated(): Record<string, string> {
  const names = Array.from({ length: MODULES }, (_, index) => `library${index}`)
  const modules = names.map((name, index): [string, string] => [
    `src/${name}.py`,
    `VALUES = ["%0100d" % (number + ${index}) for number in range(${VALUES_OF_MODULE})]\n`,
  ])
  const imports = names.map((name) => `from . import ${name}`).join('\n')
  return { ...Object.fromEntries(modules), 'src/Loaded.py': sourceOf(imports), 'requirements.txt': '' }
}

/** @param own `nothing` for an algorithm that does the same without the set, which is built sooner */
export async function installLoaded(service: Service, own: 'libraries' | 'nothing'): Promise<LoadedAlgorithm> {
  const { target, account } = service
  const options = { name: 'Loaded', language: 'python3' } as const
  const { shop } = await createAlgorithm(target, account, options)
  const kind = own === 'nothing' ? await pushNothing(shop) : await pushLibraries(shop)
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  const { result } = await curlJson('POST', shop.callUrl, { key: shop.owner.key, json: 'memory' })
  return { shop, libraries: `${kind}, ${(result / 1024).toFixed(0)} MiB in a worker` }
}

async function pushNothing(shop: Workshop): Promise<string> {
  await pushGreen(shop, { 'src/Loaded.py': sourceOf(''), 'requirements.txt': '' })
  return 'no libraries'
}

async function pushLibraries(shop: Workshop): Promise<string> {
  try {
    await pushGreen(shop, REAL)
    return 'numpy, pandas and a model'
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    process.stderr.write(`numpy and pandas could not be installed (${reason}): generated modules take their place\n`)
    await pushGreen(shop, generated())
    return 'generated modules'
  }
}

const GIVE_UP_MS = 60_000
const LOOK_EVERY_MS = 20

/** @throws Error when it has not come true after a minute */
export async function waitFor(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + GIVE_UP_MS
  while (!(await isTrue())) {
    if (performance.now() > giveUpAtMs) throw new Error(`After ${GIVE_UP_MS / 1000} s there is still no ${what}`)
    await delay(LOOK_EVERY_MS)
  }
}
