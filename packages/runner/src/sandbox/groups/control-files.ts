/** The small files by which control groups are read and set. */
import { readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @throws Error naming the file when the kernel refuses */
export function setControl(folder: string, file: string, value: number | string): void {
  writeFileSync(join(folder, file), String(value))
}

/** Sets it where the kernel has it. */
export function trySetControl(folder: string, file: string, value: number | string): void {
  try {
    setControl(folder, file, value)
  } catch {}
}

/** Moves a process into a group, unless it has ended. @throws Error when the kernel refuses */
export function putProcess(folder: string, pid: number): void {
  try {
    setControl(folder, PROCESSES, pid)
  } catch (error) {
    throwUnlessEnded(error as Error)
  }
}

/** The same without waiting for the kernel, which may take 10 ms. */
export async function putProcessAside(folder: string, pid: number): Promise<void> {
  await writeFile(join(folder, PROCESSES), String(pid)).catch(throwUnlessEnded)
}

const PROCESSES = 'cgroup.procs'

function throwUnlessEnded(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ESRCH') throw error
}

/** The number that a file is; 0 when it cannot be read. */
export function readNumber(folder: string | undefined, file: string): number {
  return Number(readText(folder, file)) || 0
}

/** The number behind a word in a file of lines such as `oom_kill 3`; 0 when it cannot be read. */
export function readEntry(folder: string | undefined, file: string, name: string): number {
  const line = readText(folder, file)
    .split('\n')
    .find((text) => text.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1)) || 0
}

/** Process numbers in a group. */
export function readProcesses(folder: string): number[] {
  return readText(folder, 'cgroup.procs').split('\n').filter(Boolean).map(Number)
}

/** Kills what is in a group. */
export function killProcesses(folder: string): void {
  for (const pid of readProcesses(folder)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
}

/** Text of a file; empty when it cannot be read. */
export function readText(folder: string | undefined, file: string): string {
  if (folder === undefined) return ''
  try {
    return readFileSync(join(folder, file), 'latin1')
  } catch {
    return ''
  }
}
