/**
 * What every driver does, as cases to run against one: a driver's own tests are one call of `testDriver` and what is
 * particular to it. A storage that cannot do something names the case and the reason, and the report shows it as skipped.
 */
import { after, before, describe, test } from 'node:test'
import type { Driver } from './driver.ts'
import { folderCases } from './suite/folders.ts'
import { listingCases } from './suite/listing.ts'
import { nameCases } from './suite/names.ts'
import { readingCases } from './suite/reading.ts'
import type { Cases } from './suite/samples.ts'
import { writingCases } from './suite/writing.ts'

const allCases = { ...readingCases, ...writingCases, ...nameCases, ...listingCases, ...folderCases } satisfies Cases

export type CaseName = keyof typeof allCases

export interface OpenedDriver {
  readonly driver: Driver
  /** Ends what the driver talks to, after the driver itself was closed. */
  close?(): Promise<void>
}

export interface SuiteOptions {
  /** Folder that is there and that the cases work in, such as a bucket; the root unless given. */
  readonly base?: string
  /** Cases that this storage cannot pass, each with the reason. */
  readonly lacks?: Readonly<Partial<Record<CaseName, string>>>
  /** Of one case; 30 s unless given. */
  readonly timeoutMs?: number
}

/** Runs all cases against one driver, each in a folder of its own. */
export function testDriver(name: string, open: () => Promise<OpenedDriver>, options: SuiteOptions = {}): void {
  const { base = '', lacks = {}, timeoutMs = 30_000 } = options
  const reasons: Readonly<Partial<Record<string, string>>> = lacks
  describe(name, () => {
    let opened: OpenedDriver | undefined
    before(async () => {
      opened = await open()
    })
    after(async () => {
      await opened?.driver.close()
      await opened?.close?.()
    })
    for (const [index, [sentence, run]] of Object.entries<Cases[string]>(allCases).entries()) {
      const skip = reasons[sentence] ?? false
      test(sentence, { skip, timeout: timeoutMs }, async () => {
        if (!opened) throw new Error('The driver was not opened')
        const folder = [base, `case-${index + 1}`].filter((part) => part !== '').join('/')
        await run({ driver: opened.driver, folder })
      })
    }
  })
}
