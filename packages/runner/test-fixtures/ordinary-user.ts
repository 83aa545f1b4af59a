/** Running tests as an ordinary user of this machine, as far as it lets one. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

export const ORDINARY_UID = 65_534

const CHECKOUT = resolve(import.meta.dirname, '../../..')

/** Distributions let everybody open the tunnel device; where this machine does not, the command sees one of its own. */
const OPEN_TUN =
  '[ "$(stat -c %a /dev/net/tun)" = 666 ] || { mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200; }'

/** A checkout below a folder that is closed to others, such as root's own, is shown at the same path without the rest. */
const OPEN_CHECKOUT = `closed=; above=$checkout
while [ "$above" != / ]; do
  above=$(dirname "$above")
  case $(stat -c %A "$above") in *[xt]) ;; *) closed=$above ;; esac
done
if [ -n "$closed" ]; then
  kept=$(mktemp -d) && mount --bind "$checkout" "$kept" && mount -t tmpfs -o mode=755 tmpfs "$closed" &&
  mkdir -p "$checkout" && mount --move "$kept" "$checkout" && rmdir "$kept" && cd / || exit 1
fi`

/** The command as run by the ordinary user, in a mount namespace of its own; only root can. */
export function asOrdinaryUser(command: readonly string[]): string[] {
  const script = `checkout=$1; shift\n${OPEN_TUN}\n${OPEN_CHECKOUT}\nexec "$@"`
  return [
    ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', script, 'user', CHECKOUT],
    ...['setpriv', `--reuid=${ORDINARY_UID}`, `--regid=${ORDINARY_UID}`, '--clear-groups', '--', ...command],
  ]
}

/** Why a file of this checkout cannot be run by the ordinary user; null when it can. */
export function whyNotAsOrdinaryUser(file: string): string | null {
  const [program = '', ...args] = asOrdinaryUser([process.execPath, '--check', file])
  return spawnSync(program, args).status === 0 ? null : 'an ordinary user cannot read this checkout'
}
