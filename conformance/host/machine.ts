/**
 * One run of the virtual machine: no network, no accelerator, the project and Node shared with it read-only, its writes
 * dropped. What its tests print goes to standard output. The machine ends with this process, whatever happens to it.
 */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Image } from './image.ts'

export interface MachineOptions {
  readonly image: Image
  readonly identities: readonly string[]
  /** Files or patterns, from the checkout on. */
  readonly files: readonly string[]
  readonly limitMs: number
}

const PROJECT = resolve(import.meta.dirname, '../..')
const CONSOLE_LINES = 30
/** The machine ends by a write of n to a port, which makes the emulator's exit code 2n + 1. */
const EXIT_PORT = 'isa-debug-exit,iobase=0xf4,iosize=0x04'
const exitCodeOf = (emulatorCode: number) => (emulatorCode - 1) / 2

/**
 * Boots, runs the tests as each identity, and answers the exit code: 0 when all of them passed.
 * @throws Error when the machine ended, or had to be ended, without a result
 */
export async function runMachine(options: MachineOptions): Promise<number> {
  const { code, wasLate } = await emulate(emulatorArguments(options), options.limitMs)
  if (code !== null && code % 2 === 1) return exitCodeOf(code)
  const log = await readFile(options.image.console, 'utf8').catch(() => '')
  process.stderr.write(`${log.split('\n').slice(-CONSOLE_LINES).join('\n')}\n`)
  throw new Error(
    wasLate ? `No result within ${options.limitMs / 60_000} minutes` : 'The machine ended without a result',
  )
}

function emulatorArguments({ image, identities, files }: MachineOptions): string[] {
  const disk = (file: string) => ['-drive', `file=${file},if=virtio,format=raw,snapshot=on`]
  const share = (path: string, tag: string) => [
    '-virtfs',
    `local,path=${path},mount_tag=${tag},security_model=none,readonly=on`,
  ]
  const setting = (name: string, text: string) => ['-fw_cfg', `name=opt/algorist/${name},string=${text}`]
  return [
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-machine', 'q35,accel=tcg', '-cpu', 'Nehalem'],
    ...['-smp', '2', '-m', '2048', '-device', 'virtio-rng-pci', '-device', EXIT_PORT],
    ...['-kernel', image.kernel, '-initrd', image.initrd],
    ...['-append', 'root=/dev/vda rw console=ttyS0 panic=-1 systemd.mask=e2scrub_reap.service'],
    ...[...disk(image.disk), ...disk(image.swap)],
    ...[...share(PROJECT, 'project'), ...share(dirname(process.execPath), 'node')],
    ...[...setting('identities', identities.join(' ')), ...setting('files', files.join(' '))],
    ...['-serial', `file:${image.console}`],
    ...['-chardev', 'stdio,id=output,signal=off', '-device', 'virtio-serial'],
    ...['-device', 'virtserialport,chardev=output,name=output'],
  ]
}

function emulate(args: readonly string[], limitMs: number): Promise<{ code: number | null; wasLate: boolean }> {
  return new Promise((settle, fail) => {
    // Killed with this process, also when that is killed. Its input stays open: the guest's port is closed without.
    const command = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...args]
    const child = spawn('/usr/bin/setpriv', command, { stdio: ['pipe', 'inherit', 'inherit'] })
    const stop = () => child.kill('SIGKILL')
    let wasLate = false
    const timer = setTimeout(() => {
      wasLate = true
      stop()
    }, limitMs)
    process.once('exit', stop)
    child.once('error', fail)
    child.once('exit', (code) => {
      clearTimeout(timer)
      process.off('exit', stop)
      settle({ code, wasLate })
    })
  })
}
