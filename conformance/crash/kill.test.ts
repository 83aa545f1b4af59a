/** Nothing that was acknowledged is lost, and nothing half-written is to be seen, after SIGKILL. */
import { test } from 'node:test'
import { playRounds, ROUNDS } from './testing.ts'

test(`the server is killed at any moment, also while it starts: ${ROUNDS} rounds without a violation`, (t) =>
  playRounds(t, 'kill'))
