/** Algorithms that misbehave, in Python and JavaScript: the failure matrix of runtime.md 2.7, and load errors. */

import { javascriptCases } from './algorithms/javascript-cases.ts'
import { loadRows } from './algorithms/load-rows.ts'
import { nestingRows } from './algorithms/nesting-rows.ts'
import { pythonCases } from './algorithms/python-cases.ts'
import { rogueRow } from './algorithms/rogue-rows.ts'
import { installRogues, type Rogue } from './algorithms/rogues.ts'
import { type Ground, startGround } from './lib/ground.ts'
import { testTheme } from './lib/rows.ts'

/** Deep enough for an algorithm that calls itself up to the limit of a session. */
const SETTINGS = { ALGORIST_WORKERS_PER_VERSION: '40', ALGORIST_WORKERS_TOTAL: '100' }

let ground: Ground
let python: Rogue
let javascript: Rogue

testTheme({
  name: 'algorithms',
  rows: [
    ...pythonCases(() => ground.watch).map((each) => rogueRow(() => python, 'Python', each)),
    ...javascriptCases(() => ground.watch).map((each) => rogueRow(() => javascript, 'JavaScript', each)),
    ...loadRows(() => python, 'Python'),
    ...loadRows(() => javascript, 'JavaScript'),
    ...nestingRows(() => python),
  ],
  async open() {
    ground = await startGround(SETTINGS)
    ;[python, javascript] = await installRogues(ground)
    return ground
  },
})
