/**
 * Loaded before each test file of `bin/test`: one that is not through after `TEST_FILE_TIMEOUT_MS` says what keeps it, and has
 * failed. Node's own limit is one of tests: a file that has run them and does not exit would take the whole run with it.
 */
import { readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const { NODE_TEST_CONTEXT, TEST_FILE_TIMEOUT_MS } = process.env

if (isMainThread && NODE_TEST_CONTEXT !== undefined) setTimeout(end, Number(TEST_FILE_TIMEOUT_MS)).unref()

function end(): never {
  const kept = [...process.getActiveResourcesInfo(), ...children()].join('\n    ')
  process.stderr.write(
    `${process.argv[1]} is not through after ${Number(TEST_FILE_TIMEOUT_MS) / 1000} s:\n    ${kept}\n`,
  )
  process.exit(1)
}

/** The commands of the processes that it has started and that run. */
function children(): string[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').match(/\d+/g) ?? []
  return pids.flatMap((pid) => {
    try {
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200)}`]
    } catch {
      return []
    }
  })
}
