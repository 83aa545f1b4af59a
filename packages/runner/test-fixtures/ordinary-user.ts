/** Running tests as an ordinary user of this machine, as far as it lets one. */

export const ORDINARY_UID = 65_534

/** Distributions let everybody open the tunnel device; where this machine does not, the command sees one of its own. */
const OPEN_TUN =
  '[ "$(stat -c %a /dev/net/tun)" = 666 ] || { mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200; }; exec "$@"'

/** The command as run by the ordinary user; only root can. */
export function asOrdinaryUser(command: readonly string[]): string[] {
  return [
    ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', OPEN_TUN, 'user'],
    ...['setpriv', `--reuid=${ORDINARY_UID}`, `--regid=${ORDINARY_UID}`, '--clear-groups', '--', ...command],
  ]
}
