"""The namespaces and mounts of one fork. Everything here runs before author code is read, in our own processes.

The fork starts with its template's view: the system, the bridge, and below /tmp what only we use. It gets folders of its
own on top of that; its own /tmp covers the rest, and nobody in the fork will have the right to take a cover away.
"""
import fcntl
import os
import socket
import struct

from . import kernel

INSIDE_ID = 2222
ARTIFACTS = "/tmp/artifacts"
ALGORITHM = "/opt/algorithm"
RESOLVER = "/etc/resolv.conf"
SMALL_BYTES = 64 * 1024 * 1024
SMALL_FILES = 100000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

HIDDEN_FLAGS = kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
PROC_FLAGS = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC

NAMESPACES = (
    kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
)
ROOT_ID = 0


def leave_template(is_connected):
    """Makes namespaces of its own. The process namespace is that of the next child.

    With a network that the runner connects to the world, that network belongs to a user namespace in between, so that nothing
    in here has a right over it. Returns that namespace's descriptor, by which the runner enters it; None without.
    """
    if not is_connected:
        kernel.unshare(NAMESPACES | kernel.CLONE_NEWNET)
        map_ids("self")
        _raise_loopback()
        return None
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET)
    # The programs that set a network up keep their rights as root alone.
    map_ids("self", inside=ROOT_ID)
    _raise_loopback()
    outer = os.open("/proc/self/ns/user", os.O_RDONLY)
    kernel.unshare(NAMESPACES)
    map_ids("self", outside=ROOT_ID)
    return outer


def map_ids(process, inside=INSIDE_ID, outside=INSIDE_ID):
    """Gives a new user namespace the one user that its parent has."""
    write("/proc/%s/setgroups" % process, "deny")
    for name in ("uid_map", "gid_map"):
        write("/proc/%s/%s" % (process, name), "%d %d 1" % (inside, outside))


def furnish(hidden, is_connected):
    """What every fork has, whatever it will run. `hidden` are names in /proc that it may not read."""
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    mount_proc(hidden)
    kernel.mount("devpts", "/dev/pts", "devpts", kernel.MS_NOSUID | kernel.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    _small_folders()
    if not is_connected:
        _hide(RESOLVER)


def mount_proc(hidden):
    kernel.mount("proc", "/proc", "proc", PROC_FLAGS)
    for name in hidden:
        _hide("/proc/" + name)


def _hide(path):
    if os.path.exists(path):
        # A device on a mount without devices cannot be opened.
        kernel.mount("/dev/null", path, None, kernel.MS_BIND)
        kernel.mount(None, path, None, kernel.MS_BIND | kernel.MS_REMOUNT | HIDDEN_FLAGS)


def private_folders(tmp_bytes, tmp_files):
    """The folders that can be written, over those of a version's template."""
    _small_folders()
    tmpfs("/tmp", tmp_bytes, tmp_files, "1777")


def _small_folders():
    tmpfs("/dev/shm", SMALL_BYTES, SMALL_FILES, "1777")
    tmpfs("/home/algo", SMALL_BYTES, SMALL_FILES, "0755")


def enter_group():
    """Makes the worker's group, into which the runner has moved us by now, look like all that there is."""
    kernel.unshare(kernel.CLONE_NEWCGROUP)


def move_in(artifact, tmp_bytes, tmp_files, is_template=False):
    """Mounts the algorithm, read-only as its source is, and then what hides the template's own folders."""
    kernel.mount(os.path.join(ARTIFACTS, artifact), ALGORITHM, None, kernel.MS_BIND)
    if is_template:
        # Its forks may mount a /proc of their own only where a whole one is; this one is out of everybody's reach.
        kernel.mount("proc", ARTIFACTS, "proc", PROC_FLAGS)
    tmpfs("/tmp", tmp_bytes, tmp_files, "1777")
    os.chdir(ALGORITHM)


def forbid_user_namespaces():
    """Nobody in this user namespace can make another one; only a capability in it could undo that."""
    write("/proc/sys/user/max_user_namespaces", "0")


def close_proc():
    """Nothing in /proc can be written any more: settings of the namespaces, memory of processes."""
    kernel.mount(None, "/proc", None, kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | PROC_FLAGS)


def tmpfs(target, size_bytes, files, mode):
    options = "size=%d,nr_inodes=%d,mode=%s,uid=%d,gid=%d" % (size_bytes, files, mode, INSIDE_ID, INSIDE_ID)
    kernel.mount("tmpfs", target, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, options)


def _raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = bytearray(struct.pack("16sH14x", b"lo", 0))
        fcntl.ioctl(control, SIOCGIFFLAGS, request)
        name, flags = struct.unpack("16sH14x", request)
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", name, flags | IFF_UP))


def write(path, text):
    """Writes a setting of the kernel's."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode("ascii"))
    finally:
        os.close(fd)
