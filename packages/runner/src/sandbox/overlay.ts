/**
 * A private writable layer over a read-only folder, for old-style languages whose programs write beside their code
 * (runtime.md 4.1). It lies in memory, with a bound on its size and its files, and ends with the sandbox. bubblewrap makes
 * no such layer before version 0.11, so it is made before bubblewrap starts, in a user and mount namespace of the
 * sandbox's own uid: with no more rights than the sandbox's processes have outside.
 */
import { join } from 'node:path'

export interface Overlay {
  /** Folder that stays as it is. */
  readonly lower: string
  /** Empty folder on the host; what is mounted on it is seen by this sandbox alone. */
  readonly work: string
  readonly sizeBytes: number
  /** Files and folders that may be made. */
  readonly files: number
}

/**
 * The upper layer starts with the folders of the lower one, owned by the sandbox: files can then be made, replaced and
 * removed in each. Paths go through a bind, since an option of overlay cannot contain a comma or a colon.
 */
const MAKE = `make() {
  folders=$(find "$2" -type d -printf . | wc -c) &&
  mount -t tmpfs -o "size=$3,nr_inodes=$(($4 + folders + 8)),mode=0755" tmpfs "$1" &&
  cd "$1" &&
  mkdir lower upper scratch merged &&
  mount --bind "$2" lower &&
  (cd lower && find . -type d -print0) | (cd upper && xargs -0 mkdir -p --) &&
  mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=scratch,userxattr overlay merged
}
problem=$(make "$@" 2>&1) || { echo "overlay: $problem" >&2; exit 1; }
shift 4
exec "$@"`

/** Command that makes the layer and becomes what follows it. */
export function overlayPrefix({ lower, work, sizeBytes, files }: Overlay): string[] {
  const script = ['/bin/sh', '-c', MAKE, 'overlay', work, lower, String(sizeBytes), String(files)]
  return ['/usr/bin/unshare', '--user', '--map-root-user', '--mount', ...script]
}

/** Where the layers are seen as one, on the way into the sandbox. */
export function mergedFolder(work: string): string {
  return join(work, 'merged')
}
