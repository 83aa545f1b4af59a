"""Makes each system call of the list in argv[1], in a process of its own: prints how each ended, as JSON.

A call is [name, number, arguments]; it ends with 0, its error number, or the name of the signal that killed its process.
Two names are code instead: "int80" and "x32".
"""
import ctypes
import json
import mmap
import os
import signal
import sys

libc = ctypes.CDLL(None, use_errno=True)


def old_gate(number):
    """A 32-bit call from 64-bit code: mov eax, number; int 0x80; ret."""
    code = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
    code.write(b"\xb8" + number.to_bytes(4, "little") + b"\xcd\x80\xc3")
    ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


def make(name, number, arguments):
    if name == "int80":
        old_gate(number)
        return 0
    given = [ctypes.c_long(value) for value in (list(arguments) + [0] * 6)[:6]]
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *given) == -1 else 0


def outcome(call):
    child = os.fork()
    if child == 0:
        os._exit(make(*call))
    _, status = os.waitpid(child, 0)
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


print(json.dumps([outcome(call) for call in json.loads(sys.argv[1])]))
