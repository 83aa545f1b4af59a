/**
 * How a helper under an account's uid gets to the tunnel device. Distributions let everybody open it, since making an interface
 * takes rights over a network all the same; where only root may, as in many containers and virtual machines, helpers start
 * in a view of the file system in which everybody may. Whoever starts them all is in it: to make one takes four programs.
 */
import { statSync } from 'node:fs'

const TUN = '/dev/net/tun'
/** What is mounted or unmounted on the host later is so in the view. */
const NEW_VIEW = ['unshare', '--mount', '--propagation', 'slave', '--']
const OPEN_TO_ALL = `mount -t tmpfs -o mode=755,size=64k tmpfs ${TUN.replace('/tun', '')} && mknod -m 666 ${TUN} c 10 200`

/** The command, so that what it starts can open the device under any uid, where this process can bring that about. */
export function withTunnelDevice(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0 || isOpenToAll()) return command
  return [...NEW_VIEW, 'sh', '-c', `${OPEN_TO_ALL} && exec "$@"`, 'view', ...command]
}

/** Everybody may open the device here, so that no view is made. */
function isOpenToAll(): boolean {
  try {
    return (statSync(TUN).mode & 0o006) === 0o006
  } catch {
    return false
  }
}
