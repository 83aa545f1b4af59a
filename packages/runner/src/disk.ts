/** How full a disk is. Builds stop before what was acknowledged is in danger (design.md 6). */
import { statfs } from 'node:fs/promises'

export interface DiskUse {
  readonly usedBytes: number
  readonly usedFiles: number
  /** Part of what ordinary users may take that is taken, of bytes or of files, whichever is more. */
  readonly share: number
}

/** Of the file system that the folder is on. Those without a fixed number of files say 0, and only their bytes count. */
export async function readDiskUse(folder: string): Promise<DiskUse> {
  const { blocks, bfree, bavail, bsize, files, ffree } = await statfs(folder)
  const used = blocks - bfree
  const ofFiles = files > 0 ? (files - ffree) / files : 0
  return {
    usedBytes: used * bsize,
    usedFiles: files - ffree,
    share: Math.max(ofFiles, used / Math.max(1, used + bavail)),
  }
}
