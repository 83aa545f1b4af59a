/** What errors of the file system mean to whoever uses a driver. */
import { DriverError, type DriverProblem } from './driver.ts'

/** Without paths: the messages reach people who have no business with where files lie. */
const problems: Readonly<Record<string, readonly [DriverProblem, string]>> = {
  ENOSPC: ['full', 'The disk is full; delete what is not needed, or give it a larger disk'],
  EDQUOT: ['full', 'The disk quota is used up; delete what is not needed, or raise it'],
  EROFS: ['denied', 'The disk is read-only; mount it writable'],
  EACCES: [
    'denied',
    'The server may not do this in its data folder; give the folder and all in it to the user it runs as',
  ],
  EPERM: [
    'denied',
    'The server may not do this in its data folder; give the folder and all in it to the user it runs as',
  ],
  ENAMETOOLONG: ['invalid-path', 'The disk cannot have a name as long; choose a shorter one'],
  EILSEQ: ['invalid-path', 'The disk cannot have a file of this name; choose another one'],
  EINVAL: ['invalid-path', 'The disk cannot have a file of this name; choose another one'],
  EISDIR: ['invalid-path', 'This is a folder; choose another name, or delete it first'],
  ENOTDIR: ['invalid-path', 'A folder of the path is a file; choose another name, or delete it first'],
  EFBIG: ['wrong-size', 'The file is larger than the disk can have one; split it'],
  ENOTEMPTY: ['not-empty', 'The folder has files or folders; delete them first'],
  EMFILE: ['busy', 'The server has too many files open; try again later'],
  ENFILE: ['busy', 'The machine has too many files open; try again later'],
}

/** Passes on what work on files resolves with, and makes its errors DriverErrors. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw toDriverError(error)
  }
}

/** As {@link onDisk}, but resolves with undefined after an error of one of these codes, such as `ENOENT`. */
export async function onDiskUnless<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined
    throw toDriverError(error)
  }
}

function toDriverError(error: unknown): DriverError {
  if (error instanceof DriverError) return error
  const code = codeOf(error)
  const [problem, message] = problems[code] ?? ['unavailable', `The disk failed (${code}); look after it`]
  return new DriverError(problem, message, error)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
