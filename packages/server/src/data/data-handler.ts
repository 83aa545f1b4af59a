/**
 * The data routes, as far as they are served: the root and the owners' folders of hosted data can be looked at, so that
 * clients which ask who they are (`algo auth`, `client.username()`) get an answer. There are no collections yet;
 * everything else answers 5005.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DataTarget, parseDataTarget } from '@algorist/contract/data-uri.ts'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'
import type { AccountDirectory } from '../accounts/directory.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import type { Authenticate } from '../http/authenticate.ts'
import { asciiLine, replyError } from '../http/error-reply.ts'
import type { RawHandler } from '../http/listener.ts'
import { denied, mayReadData } from '../permissions.ts'

export const dataPrefixes: readonly string[] = ['/v1/data', '/v1/connector']

export interface DataHandlerOptions {
  readonly authenticate: Authenticate
  readonly directory: AccountDirectory
  readonly log: Logger
}

export function createDataHandler({ authenticate, directory, log }: DataHandlerOptions): RawHandler {
  return async (request, response) => {
    try {
      const path = servedPath(request)
      const account = readerOf(await authenticate(request))
      const names = path === '' ? rootFolders(directory, account) : ownerFolders(directory, account, path)
      sendFolders(request, response, names)
    } catch (error) {
      const message = error instanceof Error ? error.message : ''
      // HEAD gets the header from replyError already.
      replyError(request, response, error, { log, headers: { 'X-Error-Message': asciiLine(message) } })
    }
  }
}

/** The path of hosted data that is looked at: the root or one name. Throws FeatureNotImplemented for anything else. */
function servedPath({ method, url = '' }: IncomingMessage): string {
  const target = method === 'GET' || method === 'HEAD' ? parseIfPossible(url) : undefined
  if (target?.protocol === 'data' && !target.path.includes('/')) return target.path
  throw new ApiError('FeatureNotImplemented', 'The data API is part of the contract but not served yet')
}

function parseIfPossible(rawTarget: string): DataTarget | undefined {
  try {
    return parseDataTarget(rawTarget)
  } catch {
    return undefined
  }
}

/** The account whose data is looked at. Throws NotAuthenticated, or NotAuthorized without the right to read data. */
function readerOf(caller: Caller): AccountEntry {
  if (caller.kind === 'anonymous') throw new ApiError('NotAuthenticated')
  if (!mayReadData(caller)) throw denied('it needs an API key with allow_data')
  return caller.account
}

/** The caller's own name first: clients take the first entry for it (rest-api.md 5.2). */
function rootFolders(directory: AccountDirectory, account: AccountEntry): string[] {
  const organizations = directory.organizationsOf(account.id).map(({ name }) => name)
  return [account.name, ...organizations.sort()]
}

/** No collections exist, so a known owner's folder is empty. Throws DataNotFound for an unknown one. */
function ownerFolders(directory: AccountDirectory, account: AccountEntry, name: string): string[] {
  const owner = name === '.my' ? account : directory.byName(name)
  if (!owner) throw new ApiError('DataNotFound')
  return []
}

function sendFolders(request: IncomingMessage, response: ServerResponse, names: readonly string[]): void {
  const body = Buffer.from(JSON.stringify({ folders: names.map((name) => ({ name })), files: [] }))
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'X-Data-Type': 'directory',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
