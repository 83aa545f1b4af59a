/** Runs cases in turn and prints each as the line that lib/cases.ts reads. */

export interface Report {
  check(name: string, body: () => Promise<void>): Promise<void>
  /** Prints the end; answers the exit code. */
  close(): number
}

export function createReport(): Report {
  let reported = 0
  let isGreen = true
  const print = (line: string): void => {
    reported += 1
    console.log(line.replace(/\s+/g, ' '))
  }
  return {
    check: async (name, body) => {
      try {
        await body()
        print(`ok ${name}`)
      } catch (error) {
        isGreen = false
        print(`not ok ${name}: ${error instanceof Error ? error.message : error}`)
      }
    },
    close: () => {
      console.log(`cases ${reported}`)
      return isGreen ? 0 : 1
    },
  }
}
