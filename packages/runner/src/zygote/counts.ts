/** What is asked of templates of both kinds. */
import type { Supply } from './supply.ts'

export interface TemplateCounts {
  readonly templates: number
  readonly readyForks: number
  /** Memory of the templates themselves, which their forks share. */
  readonly memoryBytes: number
}

export function sparesOf(supplies: readonly Supply[]): number {
  return supplies.reduce((sum, supply) => sum + supply.spares(), 0)
}
