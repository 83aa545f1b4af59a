/** What is asked of templates of both kinds. */
import type { Supply } from './supply.ts'
import type { Template } from './template.ts'

export interface TemplateCounts {
  readonly templates: number
  readonly readyForks: number
  /** Memory of the templates themselves, which their forks share. */
  readonly memoryBytes: number
}

/** True when it has no fork but those that wait to be taken. One that has not started or has ended has none. */
export function isUnused(running: { readonly template: Template; readonly supply: Supply } | null): boolean {
  return running === null || running.template.forks <= running.supply.spares
}
