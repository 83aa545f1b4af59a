/** Kept results as a kind. How long and how much of them is a promise to callers (calls/kept-results.ts), so it is no setting. */
import { type KeptResults, keepResultMs } from '../calls/kept-results.ts'
import { type Kind, NOTHING } from './kind.ts'

export function callResultKind(results: Pick<KeptResults, 'amount' | 'removeOld' | 'maxBytesPerAccount'>): Kind {
  return {
    name: 'call results',
    limits: { maxAgeMs: keepResultMs, quota: { bytes: results.maxBytesPerAccount, per: 'account' }, floorMs: null },
    // What an account has too much of goes as soon as more is added.
    async *survey() {
      yield null
      return results.amount()
    },
    count: (before) => results.amount(before),
    async *remove() {
      for (let rows = 1; rows > 0; ) {
        rows = await results.removeOld()
        yield { ...NOTHING, rows }
      }
    },
  }
}
