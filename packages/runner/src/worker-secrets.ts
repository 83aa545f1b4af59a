/**
 * What algorithms are told in confidence: environment variables of their workers. They are asked for whenever a process
 * starts and kept nowhere here; they never are in arguments of a process, in a file, in an order to a process that
 * other algorithms are forked from, or in what a build gets.
 */
import type { WorkerSpec } from './types.ts'

/** Values by the names of their variables. */
export type Secrets = Readonly<Record<string, string>>

export type SecretsOf = (spec: WorkerSpec) => Promise<Secrets>

/** The same, refusing what would be read as something else on its way into a process. */
export function checkedSecrets(secretsOf: SecretsOf = async () => ({})): SecretsOf {
  return async (spec) => {
    const secrets = await secretsOf(spec)
    for (const [name, value] of Object.entries(secrets)) {
      if (!/^\w+$/.test(name)) throw new Error(`A secret is to be the variable '${name}', which is no name of one`)
      if (value.includes('\0')) throw new Error(`The secret for ${name} has a zero byte, which no variable can have`)
    }
    return secrets
  }
}

/** How a fork reads them from its own stream, before anything else: their size in four bytes, then JSON. */
export function secretsMessage(secrets: Secrets): Buffer {
  const json = Buffer.from(JSON.stringify(secrets))
  const size = Buffer.alloc(4)
  size.writeUInt32BE(json.length)
  return Buffer.concat([size, json])
}
