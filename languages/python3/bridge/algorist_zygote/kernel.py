"""The system calls that Python 3.11 has no name for. Owns numbers and structures; not when they are used.

Author code can call the same through `ctypes`: what stops it is that it has no capability and no user namespace of its
own to get one in, never that a function is missing.
"""
import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18

PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
INSTRUCTION_BYTES = 8

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
_libc.prctl.argtypes = (ctypes.c_int,) + (ctypes.c_ulong,) * 4


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def unshare(flags):
    _check(_libc.unshare(flags), "unshare")


def setns(fd):
    _check(_libc.setns(fd, 0), "setns")


def mount(source, target, type_=None, flags=0, options=None):
    _check(_libc.mount(_bytes(source), _bytes(target), _bytes(type_), flags, _bytes(options)), "mount on " + target)


def prctl(option, *arguments):
    _check(_libc.prctl(option, *(arguments + (0,) * (4 - len(arguments)))), "prctl %d" % option)


def drop_capabilities():
    """All sets: afterwards no program that is started can get one back either."""
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        last = int(file.read())
    for capability in range(last + 1):
        prctl(PR_CAPBSET_DROP, capability)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def load_filter(program):
    """Loads a seccomp filter, given as the bytes of its classic BPF instructions."""
    buffer = ctypes.create_string_buffer(program, len(program))
    described = _Program(len(program) // INSTRUCTION_BYTES, ctypes.cast(buffer, ctypes.c_char_p))
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(described))


def _bytes(text):
    return None if text is None else os.fsencode(text)


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))
