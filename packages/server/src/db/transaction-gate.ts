/**
 * Turns for the one SQLite connection: a transaction has it alone, single statements share it. First come, first
 * served, so neither can starve the other.
 */
export interface TransactionGate {
  /** Waits until no transaction is open or waiting before it. Returns undefined when there is nothing to wait for. */
  pass(): Promise<void> | undefined
  /** Waits for the turn to open a transaction; `leave` must follow. */
  enter(): Promise<void>
  leave(): void
}

interface Waiter {
  readonly isTransaction: boolean
  admit(): void
}

export function createTransactionGate(): TransactionGate {
  const waiters: Waiter[] = []
  let isTaken = false

  function wait(isTransaction: boolean): Promise<void> {
    return new Promise((admit) => waiters.push({ isTransaction, admit }))
  }

  function admitNext(): void {
    while (!isTaken) {
      const next = waiters.shift()
      if (!next) return
      isTaken = next.isTransaction
      next.admit()
    }
  }

  return {
    pass: () => (isTaken ? wait(false) : undefined),
    async enter() {
      if (isTaken) return wait(true)
      isTaken = true
    },
    leave() {
      isTaken = false
      admitNext()
    },
  }
}
