#!/bin/sh
# Inside the virtual machine: runs the test files as each identity and ends the machine with the number of identities
# that failed. systemd starts each run as an operator would start the server.
set -u
exec >/dev/virtio-ports/output 2>&1

setting() { cat "/sys/firmware/qemu_fw_cfg/by_name/opt/algorist/$1/raw"; }

end() {
  sync
  perl -e 'open my $port, "+<", "/dev/port" or die; sysseek $port, 0xf4, 0; syswrite $port, chr shift' "$1"
}

USER_BUS='setpriv --reuid algorist --regid algorist --init-groups env XDG_RUNTIME_DIR=/run/user/1000'

# Runs a command as an identity, in a control group of its own:
#   root       a service of root's, with a subtree of its own
#   delegated  a service with User= and Delegate=
#   session    a service of the user's own systemd
#   user       a service with User= alone: the control groups are not its to write
run_as() {
  identity=$1
  shift
  set -- --quiet --collect --wait --pipe --working-directory=/srv/project --setenv=PATH="/srv/node:/usr/sbin:/usr/bin" "$@"
  case $identity in
    root) systemd-run --property=Delegate=yes --setenv=HOME=/root "$@" ;;
    delegated) systemd-run --uid=algorist --property=Delegate=yes "$@" ;;
    session) $USER_BUS systemd-run --user --property=Delegate=yes "$@" ;;
    user) systemd-run --uid=algorist "$@" ;;
  esac
}

# These judge times, which an emulated processor does not have.
LEFT_OUT='/costs less than a millisecond|leaves the processor to a worker/'

echo "== $(uname -sr), $(findmnt -no FSTYPE,OPTIONS /sys/fs/cgroup), $(cat /sys/fs/cgroup/cgroup.controllers)"
failed=0
for identity in $(setting identities); do
  echo "== as $identity"
  # shellcheck disable=SC2046 # one word per file; Node resolves the patterns
  run_as "$identity" /srv/node/node --test --test-concurrency=1 --test-reporter=spec \
    "--test-skip-pattern=$LEFT_OUT" $(set -f; setting files) ||
    failed=$((failed + 1))
done
end "$failed"
