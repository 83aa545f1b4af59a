/** Nothing that was acknowledged is lost, and nothing half-written is to be seen, after a power cut. */
import { test } from 'node:test'
import { playRounds, ROUNDS } from './testing.ts'

test(`the power of the disk is cut at any moment, also while the server starts: ${ROUNDS} rounds without a violation`, (t) =>
  playRounds(t, 'power'))
