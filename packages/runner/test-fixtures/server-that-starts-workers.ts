/**
 * A server to be killed while it starts workers, which then sleep without a look at whether anybody is there. Argument: a
 * number of open files to know them by.
 */
import { openBench } from './harness.ts'

const WORKERS = 12
const openFiles = Number(process.argv[2])
const bench = await openBench({ worker: { openFiles }, build: { openFiles: 4096 } })
const sleeper = await bench.algorithm('import time\ntime.sleep(60)')
// Every account has workers of its own.
const account = (index: number) => ({ accountId: `account${index}`, hostUid: index, timeLeftMs: 60_000 })
await Promise.all(Array.from({ length: WORKERS }, (_, index) => sleeper('x', account(index))))
