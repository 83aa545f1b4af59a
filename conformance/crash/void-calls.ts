/**
 * A client that makes calls with `output=void`, and the check that none is lost and none runs twice.
 *
 * What can be seen of a run: `Witness` makes a void call to `Mark` with the same token and then fails on purpose, and
 * `Mark` fails on purpose; every failure is kept in the table `call_errors`. So each run of a call leaves a durable
 * record of its own, and an end that is recorded names the request id of that inner call.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Json, sendJson } from './api.ts'
import type { CallError } from './data-folder.ts'
import type { History } from './history.ts'
import type { Random } from './random.ts'
import { type Session, untilCrash, WrongAnswer } from './session.ts'

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

export interface VoidCaller {
  work(session: Session): Promise<void>
  /** The machine's last moment has passed. */
  freeze(): void
  /** Looks at all calls of the run so far, when nothing is pending any more. @returns the violations */
  judge(errors: readonly CallError[]): string[]
  /** Calls begun so far. */
  count(): number
}

export function createVoidCaller({ history, random }: { history: History; random: Random }): VoidCaller {
  /** Request id by token; null while there is no answer, and for ever when none came. */
  const calls = new Map<string, string | null>()
  let isFrozen = false

  return {
    async work(session) {
      const { url, admin } = session.server
      await untilCrash(session, async () => {
        const token = `token-${calls.size}-${random.below(2 ** 32)}`
        calls.set(token, null)
        history.write('begin', { name: `void call ${token}` })
        const reply: Json = await sendJson({
          method: 'POST',
          url: `${url}/v1/algo/${admin.username}/Witness?output=void`,
          key: admin.key,
          body: token,
        })
        if (typeof reply.request_id !== 'string') throw new WrongAnswer(`void call: ${JSON.stringify(reply)}`)
        history.write(isFrozen ? 'answered too late' : 'answered', { name: `void call ${token}`, ...reply })
        if (!isFrozen) calls.set(token, reply.request_id)
        await delay(random.below(LONGEST_PAUSE_MS))
      })
    },

    freeze() {
      isFrozen = true
    },

    count: () => calls.size,

    judge(errors) {
      isFrozen = false
      const byRequest = Map.groupBy(errors, ({ requestId }) => requestId)
      const doubled = [...byRequest].filter(([, ends]) => ends.length > 1)
      return [
        ...doubled.map(([id, ends]) => `call ${id} has ${ends.length} ends: ${ends.map(({ message }) => message)}`),
        ...[...calls].flatMap(([token, requestId]) => judgeCall({ token, requestId, errors, byRequest })),
      ]
    },
  }
}

interface Judged {
  readonly token: string
  readonly requestId: string | null
  readonly errors: readonly CallError[]
  readonly byRequest: ReadonlyMap<string, readonly CallError[]>
}

function judgeCall({ token, requestId, errors, byRequest }: Judged): string[] {
  const runs = errors.filter(({ message }) => message.includes(`ran ${token} `))
  const marks = errors.filter(({ message }) => message.includes(`mark ${token}.`))
  const violations: string[] = []
  if (runs.length > 1 || marks.length > 1) {
    violations.push(`void call ${token} ran more than once: ${runs.length} ends, ${marks.length} marks`)
  }
  const end = requestId === null ? runs[0] : byRequest.get(requestId)?.[0]
  if (requestId !== null && !end) violations.push(`void call ${token} (${requestId}) was accepted and is lost`)
  if (end && !end.message.includes(`ran ${token} `) && !end.message.includes(RESTARTED)) {
    violations.push(`void call ${token} ended with: ${end.errorType} ${end.message}`)
  }
  const inner = end?.message.match(/ via (req-[0-9a-f-]+)\./)?.[1]
  const innerEnd = inner && byRequest.get(inner)?.[0]
  if (inner && !innerEnd) violations.push(`the inner call ${inner} of void call ${token} was accepted and is lost`)
  if (innerEnd && !/^mark |server restarted/.test(innerEnd.message)) {
    violations.push(`the inner call ${inner} of void call ${token} ended with: ${innerEnd.message}`)
  }
  return violations
}
