/** The template of a language as `.tar.gz` (rest-api.md X16), its tokens left in for the client to replace. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FileTree, TreeFile } from '../git/initial-commit.ts'

const blockBytes = 512

/** Packs files in the POSIX ustar format. @throws Error for a path that the format cannot hold */
export async function packArchive(files: FileTree): Promise<Buffer> {
  const blocks = files.flatMap((file) => [header(file), padded(file.content)])
  return promisify(gzip)(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]))
}

function header({ path, content, executable }: TreeFile): Buffer {
  const block = Buffer.alloc(blockBytes)
  const { name, prefix } = splitPath(path)
  block.write(name, 0, 100)
  block.write(octal(executable ? 0o755 : 0o644, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(content.length, 12), 124)
  block.write(octal(0, 12), 136)
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\u000000', 257)
  block.write(prefix, 345, 155)
  const checksum = block.reduce((sum, byte) => sum + byte, 0)
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}

function padded(content: Buffer): Buffer {
  const rest = content.length % blockBytes
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(blockBytes - rest)])
}

/** Names up to 100 bytes, with up to 155 more of folders. */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' }
  const at = path.lastIndexOf('/')
  const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
  if (at > 0 && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix }
  throw new Error(`the path ${path} is too long for an archive`)
}
