/**
 * A client that makes calls which run later: `output=void`, and `Prefer: respond-async` whose result is kept, each
 * with and without an `Idempotency-Key`; and the check that none is lost and none runs twice without its key.
 *
 * What can be seen of a run: `Witness` makes a void call to `Mark` with the same token and then fails on purpose, and
 * `Mark` fails on purpose; every failure of such a call is in the call log together with its end. So each run of a call leaves a durable
 * record of its own, and an end that is recorded names the request id of that inner call.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Json, send, sendJson } from './api.ts'
import type { FailedCall } from './data-folder.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'
import type { Server } from './server.ts'
import { type Uptime, untilCrash, WrongAnswer } from './uptime.ts'

export const WITNESS = `import hashlib
import json
import os
import time
import urllib.request


def apply(token):
    wait = hashlib.sha256(token.encode()).digest()[0] / 1000
    time.sleep(wait)
    url = os.environ["ALGORITHMIA_API"] + "/v1/algo/admin/Mark?output=void"
    request = urllib.request.Request(url, token.encode(), {"Content-Type": "text/plain"})
    inner = json.load(urllib.request.urlopen(request))["request_id"]
    time.sleep(wait)
    raise Exception("ran %s via %s." % (token, inner))
`

export const MARK = `def apply(token):
    raise Exception("mark %s." % token)
`

const RESTARTED = 'server restarted'
const LONGEST_PAUSE_MS = 120

export interface LaterCaller {
  work(uptime: Uptime): Promise<void>
  /** The machine's last moment has passed. */
  freeze(): void
  /** Looks at all calls of the run so far, when nothing is pending any more. @returns the violations */
  judge(server: Server, errors: readonly FailedCall[]): Promise<string[]>
  /** Calls begun so far. */
  count(): number
}

interface LaterCall {
  readonly token: string
  readonly isResultKept: boolean
  /** Its idempotency key, if it has one. */
  readonly key: string | null
  /** Null while there is no answer; a call with a key is then sent again after the crash. */
  requestId: string | null
  /** Its kept result has been compared with its end. */
  isResultSeen: boolean
}

export function createLaterCaller({ history, random }: { history: History; random: Random }): LaterCaller {
  const calls: LaterCall[] = []
  let isFrozen = false

  function newCall(): LaterCall {
    const token = `token-${calls.length}-${random.below(2 ** 32)}`
    const key = random.below(3) === 0 ? `key-of-${token}` : null
    const call = { token, key, isResultKept: random.below(3) === 0, requestId: null, isResultSeen: false }
    calls.push(call)
    return call
  }

  async function make(call: LaterCall, { url, admin }: Server): Promise<void> {
    const { token, key, isResultKept } = call
    history.write('begin', { name: `call ${token}`, key, isResultKept })
    const reply: Json = await sendJson({
      method: 'POST',
      url: `${url}/v1/algo/${admin.username}/Witness${isResultKept ? '' : '?output=void'}`,
      key: admin.key,
      body: token,
      headers: {
        ...(isResultKept ? { Prefer: 'respond-async' } : {}),
        ...(key === null ? {} : { 'Idempotency-Key': key }),
      },
    })
    if (typeof reply.request_id !== 'string') throw new WrongAnswer(`call ${token}: ${JSON.stringify(reply)}`)
    history.write(isFrozen ? 'answered too late' : 'answered', { name: `call ${token}`, ...reply })
    if (!isFrozen) call.requestId = reply.request_id
  }

  return {
    async work(uptime) {
      const unanswered = calls.filter(({ requestId, key }) => requestId === null && key !== null)
      await untilCrash(uptime, async () => {
        await make(unanswered.shift() ?? newCall(), uptime.server)
        await delay(random.below(LONGEST_PAUSE_MS))
      })
    },

    freeze() {
      isFrozen = true
    },

    count: () => calls.length,

    async judge(server, errors) {
      isFrozen = false
      const ends = {
        byRequest: new Map(errors.map((end) => [end.requestId, end])),
        byToken: Map.groupBy(errors, ({ message }) => message.match(/token-\d+-\d+/)?.[0] ?? ''),
      }
      return [...calls.flatMap((call) => judgeCall(call, ends)), ...(await judgeResults(server, calls, ends))]
    },
  }
}

interface Ends {
  readonly byRequest: ReadonlyMap<string, FailedCall>
  readonly byToken: ReadonlyMap<string, readonly FailedCall[]>
}

function judgeCall({ token, key, requestId }: LaterCall, { byRequest, byToken }: Ends): string[] {
  const mine = byToken.get(token) ?? []
  const runs = mine.filter(({ message }) => message.includes('ran '))
  const marks = mine.filter(({ message }) => message.includes('mark '))
  const violations: string[] = []
  if (runs.length > 1 || (marks.length > 1 && key === null)) {
    violations.push(`call ${token} ran more than once: ${runs.length} ends, ${marks.length} marks`)
  }
  const end = requestId === null ? runs[0] : byRequest.get(requestId)
  if (requestId !== null && !end) violations.push(`call ${token} (${requestId}) was accepted and is lost`)
  const mayBeCutOff = key === null && end?.message.includes(RESTARTED)
  if (end && !end.message.includes(`ran ${token} `) && !mayBeCutOff) {
    violations.push(`call ${token} ended with: ${end.errorType} ${end.message}`)
  }
  const inner = end?.message.match(/ via (req-[0-9a-f-]+)\./)?.[1]
  const innerEnd = inner && byRequest.get(inner)
  if (inner && !innerEnd) violations.push(`the inner call ${inner} of call ${token} was accepted and is lost`)
  if (innerEnd && !/^mark |server restarted/.test(innerEnd.message)) {
    violations.push(`the inner call ${inner} of call ${token} ended with: ${innerEnd.message}`)
  }
  return violations
}

/** What is kept for the caller must tell of the same end as the log of errors. */
async function judgeResults({ url, admin }: Server, calls: readonly LaterCall[], ends: Ends): Promise<string[]> {
  const violations: string[] = []
  for (const call of calls) {
    if (!call.isResultKept || call.requestId === null || call.isResultSeen) continue
    const { status, text } = await send({
      method: 'GET',
      url: `${url}/v1/calls/${call.requestId}/result`,
      key: admin.key,
    })
    const end = ends.byRequest.get(call.requestId)?.message
    call.isResultSeen = true
    if (end && status !== 202 && JSON.parse(text).error?.message === end) continue
    violations.push(`call ${call.token} (${call.requestId}) ended with "${end}", its result is ${status} ${text}`)
  }
  return violations
}
