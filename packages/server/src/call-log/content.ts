/** The owner's choice of what the call log keeps. */
import type { AlgorithmSettings } from '../algorithms/settings.ts'

/** False: neither input nor output, and of failures nothing but their type. It holds from the next call on. */
export function keepsContent(settings: Pick<AlgorithmSettings, 'keepsCallContent'> | undefined): boolean {
  return settings?.keepsCallContent !== false
}
