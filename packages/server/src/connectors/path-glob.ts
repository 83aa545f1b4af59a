/**
 * The paths that a connector is for (platform.md 3.2): `*` everything, `dir/*` everything below a folder, `dir/file` one
 * file. A `*` stands at the end alone and for anything, slashes included, so `dir*` matches `dir2/x` as well.
 */

/** Says why a text is no such pattern; undefined when it is one. */
export function problemOfGlob(glob: string): string | undefined {
  const star = glob.indexOf('*')
  if (star >= 0 && star < glob.length - 1) return 'a * at the end only'
  if (glob.startsWith('/')) return 'a path without a slash in front'
  if (glob.endsWith('/')) return `'${glob}*' for everything in a folder, or the path of one file`
  if (glob.includes('\0')) return 'no NUL byte'
  return undefined
}

/** A storage might read these as a way out of the folder. */
const DOTS = /(^|[\\/])\.\.?([\\/]|$)/

/** True when the file or folder at `path` is one that `glob` is for. */
export function isWithinGlob(glob: string, path: string): boolean {
  if (glob === '*') return true
  if (DOTS.test(path)) return false
  if (!glob.endsWith('*')) return path === glob
  const prefix = glob.slice(0, -1)
  // `dir/*` is for the folder itself too: it is created, listed and deleted by its own path.
  return path.startsWith(prefix) || (prefix.endsWith('/') && path === prefix.slice(0, -1))
}
