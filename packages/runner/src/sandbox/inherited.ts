/** Descriptors that whoever started this process left open for it: every child, and so every sandbox, would have them. */
import { closeSync, readdirSync, readFileSync } from 'node:fs'

/** `O_CLOEXEC` as the kernel prints it. */
const CLOSE_ON_EXEC = 0o2000000

/** Closes them, but for standard input, output and errors. All that this process opens itself is closed in its children. */
export function closeInheritedDescriptors(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd > 2 && isPassedOn(fd)) closeSync(fd)
  }
}

function isPassedOn(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    // It was open for reading the list only.
    return false
  }
}
