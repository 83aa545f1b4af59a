/** The few kinds of tar blocks (POSIX ustar) that a backup in one file is made of: plain files of mode 600. */
import { BackupError } from './format.ts'

export const BLOCK_BYTES = 512
/** Two blocks of zeros end an archive. */
export const END = Buffer.alloc(2 * BLOCK_BYTES)

const NAME_BYTES = 100
const PREFIX_BYTES = 155

/** @param path ASCII, of names up to 100 characters in folders up to 155 */
export function tarHeader(path: string, sizeBytes: number): Buffer {
  const [prefix, name] = splitPath(path)
  const block = Buffer.alloc(BLOCK_BYTES)
  block.write(name, 0)
  block.write('0000600\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\x0000', 257)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

export function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES
}

/**
 * Reads a header; undefined for the zeros of the end.
 * @throws BackupError when it is not exactly what {@link tarHeader} makes
 */
export function readTarHeader(block: Buffer): { readonly path: string; readonly sizeBytes: number } | undefined {
  if (isZero(block)) return undefined
  const prefix = textAt(block, 345, PREFIX_BYTES)
  const name = textAt(block, 0, NAME_BYTES)
  const path = prefix === '' ? name : `${prefix}/${name}`
  const sizeBytes = Number.parseInt(textAt(block, 124, 12), 8)
  const isOurs = Number.isSafeInteger(sizeBytes) && fits(path) && tarHeader(path, sizeBytes).equals(block)
  if (!isOurs) throw new BackupError('Not a backup, or one that was changed: a header of the tar file is wrong')
  return { path, sizeBytes }
}

export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}

function splitPath(path: string): [prefix: string, name: string] {
  if (!fits(path)) throw new BackupError(`The name of a part is too long for a tar file: ${path}`)
  const cut = path.length > NAME_BYTES ? path.lastIndexOf('/') : -1
  return [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)]
}

function fits(path: string): boolean {
  const cut = path.length > NAME_BYTES ? path.lastIndexOf('/') : -1
  return path.length - cut - 1 <= NAME_BYTES && cut <= PREFIX_BYTES
}

function textAt(block: Buffer, from: number, length: number): string {
  const text = block.toString('latin1', from, from + length)
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}
