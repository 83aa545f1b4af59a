/** What is asked of templates of both kinds. */
import type { Supply } from './supply.ts'
import type { Template } from './template.ts'

export interface TemplateCounts {
  readonly templates: number
  readonly readyForks: number
  /** Memory of the templates themselves, which their forks share. */
  readonly memoryBytes: number
}

/** True when it has no fork but those that wait to be taken. */
export function isUnused(template: Template, supplies: readonly Supply[]): boolean {
  return template.forks() <= sparesOf(supplies)
}

export function sparesOf(supplies: readonly Supply[]): number {
  return supplies.reduce((sum, supply) => sum + supply.spares(), 0)
}
