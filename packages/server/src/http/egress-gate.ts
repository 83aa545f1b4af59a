/**
 * Where the server itself may connect to (design.md 7): resolves a name, refuses it when any of its addresses is not
 * public and not allow-listed, and hands the checked addresses to the very connection, so that no second answer of a
 * name server counts. SDKs take `lookup` or an agent; our own requests go through egress.ts. It makes no requests.
 */
import { lookup as resolveBySystem } from 'node:dns/promises'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type AddressSet, isPublicAddress } from '@algorist/contract/public-addresses.ts'

export type EgressProblem =
  | 'InvalidUrl'
  | 'NameNotFound'
  | 'AddressRefused'
  | 'ConnectionFailed'
  | 'InvalidReply'
  | 'RedirectRefused'
  | 'TooManyRedirects'
  | 'TimedOut'
  | 'TooLarge'

/** Why an outbound request was refused or failed. The message may be shown to whoever chose the address. */
export class EgressError extends Error {
  readonly problem: EgressProblem
  /** For the operator's log alone: it would tell others what the names of a private network resolve to. */
  readonly addresses: readonly string[]

  constructor(
    problem: EgressProblem,
    message: string,
    { addresses = [], cause }: { addresses?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.name = 'EgressError'
    this.problem = problem
    this.addresses = addresses
  }
}

export interface EgressGateOptions {
  /** Addresses that may be reached although they are not public. */
  readonly allow: AddressSet
  /** All addresses of a name, none when there is no such name. The system's resolver unless given. */
  readonly resolve?: ((name: string) => Promise<readonly string[]>) | undefined
}

export interface EgressGate {
  /** Like `dns.lookup`, as `net.connect` and SDKs take it. Fails with an EgressError. */
  readonly lookup: LookupFunction
  /** Agents whose connections go through the gate, literal addresses included. They keep no connection open. */
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  /** Makes every new connection of an agent, which must have been made with `lookup`, go through the gate. */
  guard<Agent extends HttpAgent>(agent: Agent): Agent
}

export function createEgressGate({ allow, resolve = addressesOf }: EgressGateOptions): EgressGate {
  function mayReach(address: string): boolean {
    return isPublicAddress(address) || allow.has(address)
  }

  async function checkedAddresses(name: string): Promise<readonly string[]> {
    const addresses = await resolve(name).catch((cause: unknown) => {
      throw new EgressError('NameNotFound', `The name ${name} could not be resolved`, { cause })
    })
    if (addresses.length === 0) throw new EgressError('NameNotFound', `The name ${name} has no address`)
    if (!addresses.every(mayReach)) throw refusal(name, addresses)
    return addresses
  }

  const lookup: LookupFunction = (name, options, callback) => {
    checkedAddresses(name).then(
      (addresses) => answer(addresses.map(asLookupAddress), options, callback),
      (error: EgressError) => callback(error, ''),
    )
  }

  /** Node resolves only names, so addresses that are written out are looked at here. */
  function guard<Agent extends HttpAgent>(agent: Agent): Agent {
    const connect = agent.createConnection.bind(agent)
    agent.createConnection = (options, onConnected) => {
      const { host = '', socketPath } = options as { host?: string; socketPath?: string }
      const isName = isIP(host) === 0
      if (socketPath === undefined && (isName || mayReach(host))) return connect(options, onConnected)
      process.nextTick(() => onConnected?.(refusal(socketPath ?? host, isName ? [] : [host]), undefined as never))
      return undefined
    }
    return agent
  }

  return {
    lookup,
    guard,
    httpAgent: guard(new HttpAgent({ lookup })),
    httpsAgent: guard(new HttpsAgent({ lookup })),
  }
}

function refusal(host: string, addresses: readonly string[]): EgressError {
  const message =
    `This server makes no requests to ${host}: its address is not a public one. ` +
    'The operator can allow it with ALGORIST_EGRESS_ALLOW'
  return new EgressError('AddressRefused', message, { addresses })
}

async function addressesOf(name: string): Promise<readonly string[]> {
  const found = await resolveBySystem(name, { all: true })
  return found.map(({ address }) => address)
}

interface Found {
  readonly address: string
  readonly family: 4 | 6
}

function asLookupAddress(address: string): Found {
  return { address, family: isIP(address) === 4 ? 4 : 6 }
}

function answer(
  found: readonly Found[],
  options: Parameters<LookupFunction>[1],
  callback: Parameters<LookupFunction>[2],
): void {
  const family = Number(String(options.family ?? 0).replace('IPv', ''))
  const fitting = found.filter((each) => family === 0 || each.family === family)
  const [first] = fitting
  if (!first) callback(new EgressError('NameNotFound', 'The name has no address of the family asked for'), '')
  else if (options.all) callback(null, fitting)
  else callback(null, first.address, first.family)
}
