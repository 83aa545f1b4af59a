/**
 * Every bar of speed in one table: what, bar, figure, does it hold. `bin/node benchmarks/table.ts`; about an hour, on a machine
 * that does nothing else. `--help` prints the options; docs/benchmarks.md says what is compared and what to beware of.
 */
import { accept } from './accept.bench.ts'
import { bodies } from './bodies.bench.ts'
import { clone } from './clone.bench.ts'
import { firstCall } from './first-call.bench.ts'
import { languages } from './languages.bench.ts'
import { runBenches } from './lib/run-benches.ts'
import { loopDelay } from './loop-delay.bench.ts'
import { manyWarm } from './many-warm.bench.ts'
import { memory } from './memory.bench.ts'
import { nested } from './nested.bench.ts'
import { newWorker } from './new-worker.bench.ts'
import { parts } from './parts.bench.ts'
import { rebuilds } from './rebuild.bench.ts'
import { registered } from './registered.bench.ts'
import { warm } from './warm.bench.ts'

await runBenches([
  warm,
  bodies,
  firstCall,
  newWorker,
  memory,
  accept,
  nested,
  parts,
  manyWarm,
  rebuilds,
  loopDelay,
  registered,
  clone,
  languages,
])
