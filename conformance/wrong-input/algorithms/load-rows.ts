/** Commits that build and do not load (runtime.md 2.7, first rows). */

import type { Expected, Row } from '../lib/rows.ts'
import { fails, timesOut } from './rogue-rows.ts'
import type { Rogue } from './rogues.ts'

const CASES: readonly [name: string, what: string, expected: Expected, query?: string][] = [
  ['import error', 'a module that is not there', fails(/nothing.of.this.name/, 'LoadingError')],
  ['syntax error', 'a source that does not parse', fails(/SyntaxError|Unexpected|expected/i, 'LoadingError')],
  ['exception', 'an exception while loading', fails(/no model today/, 'LoadingError')],
  ['exit 0', 'exit 0 while loading', fails(/exited with code 0/, 'LoadingError')],
  ['exit 3', 'exit 3 while loading', fails(/exited with code 3/, 'LoadingError')],
  ['kill', 'SIGKILL while loading', fails(/SIGKILL/, 'LoadingError')],
  ['no apply', 'no function apply', fails(/apply/)],
  ['endless', 'loading that never ends, with timeout=1', timesOut, '?timeout=1'],
  [
    'garbage',
    'garbage on the answer socket while loading',
    fails(/^The algorithm's runtime wrote an invalid answer: /),
  ],
  ['prints 20 MB', '20 MB printed while loading', fails(/after much/, 'LoadingError')],
]

export function loadRows(rogue: () => Rogue, language: string): Row[] {
  return CASES.map(([name, what, expected, query = '?timeout=20']) => ({
    name: `${language}: ${what}`,
    sent: 'a call of the commit, twice',
    // The second call comes while loading is held back, and gets the same reason.
    inputs: ['first', 'second'],
    expected,
    // Output is bounded per second as well.
    withinMs: name === 'prints 20 MB' ? 12_000 : 2000,
    send: () => rogue().callBroken(name, query),
  }))
}
