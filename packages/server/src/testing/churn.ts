/** For tests of what holds things that come and go with each call. */
import v8 from 'node:v8'
import vm from 'node:vm'

/** What is in use in the old part of V8's heap, in bytes. */
const oldBytes = () =>
  v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0

/** Collects all garbage now. */
export function collectAll(): void {
  v8.setFlagsFromString('--expose-gc')
  vm.runInNewContext('gc')()
}

/** Eight at a time come and go, 200,000 in all, half a kibibyte each; returns by how much the old part grew, in bytes. */
export function churn(add: (item: object) => () => void): number {
  const present: (() => void)[] = []
  let before = 0
  for (let count = 0; count < 200_000; count++) {
    present.push(add({ bytes: new Array(50).fill(count) }))
    if (present.length > 8) present.shift()?.()
    // From then on what holds them is old.
    if (count !== 1000) continue
    collectAll()
    before = oldBytes()
  }
  return oldBytes() - before
}
