/** An algorithm that does what its input says, pushed and built once per suite. */
import { type Account, createAccount } from './accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './algorithms.ts'
import type { Target } from './server.ts'

const SOURCE = `import sys
import time


def apply(input):
    action = input.get("do") if isinstance(input, dict) else None
    if action is None:
        return input
    if action == "sleep":
        time.sleep(input["seconds"])
        return "slept"
    if action == "print":
        print("to stdout")
        print("to stderr", file=sys.stderr)
        return "printed"
    if action == "bytes":
        return bytes([0, 1, 255])
    if action == "set":
        return {1, 2}
    if action == "exit":
        sys.exit(3)
    if action == "typed":
        error = Exception("typed")
        error.error_type = "InputError"
        raise error
    raise ValueError("cannot " + action)
`

export interface Probe {
  readonly owner: Account
  /** May call the probe and owns nothing of it. */
  readonly stranger: Account
  readonly shop: Workshop
}

/** Creates an owner, a stranger and the public algorithm `Probe` 0.1.0. */
export async function installProbe(target: Target): Promise<Probe> {
  const owner = await createAccount(target, 'probe')
  const stranger = await createAccount(target, 'stranger')
  const { shop } = await createAlgorithm(target, owner, { name: 'Probe', language: 'python3' })
  await pushGreen(shop, { 'src/Probe.py': SOURCE, 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  return { owner, stranger, shop }
}
