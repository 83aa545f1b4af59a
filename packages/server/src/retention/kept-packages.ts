/** Packages that are kept between builds (decision 0077): the runner keeps them to their limit; a full disk takes all of them. */
import type { Runner } from '@algorist/runner/types.ts'
import { type Chore, NOTHING } from './kind.ts'

export function keptPackagesChore(runner: Pick<Runner, 'trimPackages'>): Chore {
  return {
    name: 'kept packages',
    async *run({ isUrgent }) {
      const bytes = await runner.trimPackages(isUrgent ? 0 : undefined)
      if (bytes > 0) yield { ...NOTHING, bytes }
    },
  }
}
