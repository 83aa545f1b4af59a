"""The helper of one fork of a version template: enters its namespaces from outside, furnishes them, hands it what it may
have, and ends.

It may enter because its user namespace is the parent of the fork's. The fork has the same memory as author code, so it
cannot do any of this itself: its system-call filter has no mount.
"""
import os
import signal
import socket

from . import init, kernel, room


def run(number, pid, folder, channel, offer, sizes):
    """Never returns."""
    signal.set_wakeup_fd(-1)
    home = "/proc/self/fd/%d" % folder
    stream = init.call_runner(home, number)
    pipes = [init.make_pipe("%s/%d/%s" % (home, number, name))[1] for name in init.OUTPUTS]
    room.map_ids(pid)
    namespaces = [os.open("/proc/%d/ns/%s" % (pid, name), os.O_RDONLY) for name in ("user", "mnt", "pid")]
    for namespace in namespaces:
        kernel.setns(namespace)
    _mount_proc(number, offer)
    room.private_folders(*sizes)
    socket.send_fds(channel, [b"enter"], [stream, *pipes])
    os._exit(0)


def _mount_proc(number, offer):
    """By a process inside the new process namespace, as /proc shows the one that it is mounted from."""
    inside = os.fork()
    if inside == 0:
        room.mount_proc(offer.hidden)
        room.forbid_user_namespaces()
        init.number_next_process(number)
        room.close_proc()
        os._exit(0)
    if os.waitpid(inside, 0)[1] != 0:
        raise OSError("/proc could not be mounted")
