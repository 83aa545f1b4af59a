/**
 * The state that was acknowledged, as facts (`head/OWNER/NAME` is a commit, `version/OWNER/NAME/COMMIT` a number …),
 * and the history checker: what the server shows after a crash must be exactly the acknowledged facts, and of each
 * operation without an answer either all of its facts or none.
 *
 * Every fact has one writer that does one thing at a time, so there is never a doubt which value came last.
 */
import type { History } from './history.ts'

/** null: the thing does not exist. */
export type Value = string | null
export type Facts = ReadonlyMap<string, Value>

/** Some value that only the answer tells. */
export const ANY = '*'

export interface Attempt {
  /** The server has acknowledged it, perhaps with facts that only the answer tells. */
  answered(more?: Readonly<Record<string, string>>): void
}

export interface Model {
  /** Acknowledged facts. */
  readonly facts: ReadonlyMap<string, string>
  /** Notes an operation before it is sent; without an answer it stays open. */
  begin(name: string, facts: Readonly<Record<string, Value>>): Attempt
  /** Resolves at the moment of the next answer. */
  nextAnswer(): Promise<void>
  /** From now on answers no longer count: the machine's last moment has passed. */
  freeze(): void
  /** Names of all facts that hold or might hold. */
  names(): string[]
  /** Compares with what is there after a crash, and takes that as the new state. @returns the violations */
  judge(observed: ReadonlyMap<string, string>): string[]
  /** Operations begun so far, and those that got no answer in time. */
  counts(): { readonly begun: number; readonly unanswered: number }
}

interface Operation {
  readonly id: number
  readonly name: string
  readonly facts: Facts
}

export function createModel(history: History): Model {
  let known = new Map<string, string>()
  const open = new Set<Operation>()
  let isFrozen = false
  let begun = 0
  let unanswered = 0
  let answer = Promise.withResolvers<void>()

  function set(name: string, value: Value): void {
    if (value === null) known.delete(name)
    else if (value !== ANY) known.set(name, value)
  }

  return {
    get facts() {
      return known
    },

    begin(name, facts) {
      const operation = { id: ++begun, name, facts: new Map(Object.entries(facts)) }
      open.add(operation)
      history.write('begin', { id: operation.id, name, facts })
      return {
        answered(more = {}) {
          history.write(isFrozen ? 'answered too late' : 'answered', { id: operation.id, name, more })
          if (isFrozen || !open.delete(operation)) return
          for (const [fact, value] of [...operation.facts, ...Object.entries(more)]) set(fact, value)
          answer.resolve()
        },
      }
    },

    nextAnswer() {
      answer = Promise.withResolvers<void>()
      return answer.promise
    },

    freeze() {
      isFrozen = true
    },

    names: () => [...new Set([...known.keys(), ...[...open].flatMap(({ facts }) => [...facts.keys()])])],

    counts: () => ({ begun, unanswered }),

    judge(observed) {
      unanswered += open.size
      const violations = [...open].flatMap((operation) => judgeOpen(operation, known, observed))
      const isOpen = new Set([...open].flatMap(({ facts }) => [...facts.keys()]))
      for (const name of new Set([...known.keys(), ...observed.keys()])) {
        const [expected, found] = [known.get(name), observed.get(name)]
        if (isOpen.has(name) || expected === found) continue
        if (expected === undefined && isConsequence(name, found ?? '', observed)) continue
        violations.push(`${name}: expected ${expected ?? 'nothing'}, found ${found ?? 'nothing'}`)
      }
      known = new Map(observed)
      open.clear()
      isFrozen = false
      return violations
    },
  }
}

function judgeOpen(
  { id, name, facts }: Operation,
  before: ReadonlyMap<string, string>,
  observed: ReadonlyMap<string, string>,
): string[] {
  const differs = (wanted: (fact: string) => Value) =>
    [...facts.keys()].filter((fact) => {
      const [value, found] = [wanted(fact), observed.get(fact) ?? null]
      return value === ANY ? found === null : value !== found
    })
  const notDone = differs((fact) => facts.get(fact) ?? null)
  const notUndone = differs((fact) => before.get(fact) ?? null)
  if (notDone.length === 0 || notUndone.length === 0) return []
  const shown = [...facts.keys()].map((fact) => `${fact} is ${observed.get(fact) ?? 'nothing'}`)
  return [`operation ${id} (${name}) happened in part: ${shown.join('; ')}`]
}

/** Builds that nobody was told of: a head is built when its push or its algorithm's creation got no answer. */
function isConsequence(name: string, value: string, observed: ReadonlyMap<string, string>): boolean {
  const [kind, owner, algorithm, id = ''] = name.split('/')
  const head = observed.get(`head/${owner}/${algorithm}`)
  if (kind === 'built') return value === 'succeeded' && id === head
  if (kind !== 'build') return false
  const [status, commit = ''] = value.split(' ')
  return status === 'succeeded' && observed.get(`built/${owner}/${algorithm}/${commit}`) === 'succeeded'
}
