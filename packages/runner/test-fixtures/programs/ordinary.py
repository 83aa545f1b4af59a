"""What Python programs ordinarily do to their system; prints "ok" when all of it works."""
import asyncio
import concurrent.futures
import ctypes
import fcntl
import mmap
import multiprocessing
import multiprocessing.shared_memory
import os
import pwd
import select
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time


def square(number):
    return number * number


def processes():
    assert subprocess.run(["/bin/sh", "-c", "echo $((1+1))"], capture_output=True).stdout == b"2\n"
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(square, range(4)) == [0, 1, 4, 9]
    counter = multiprocessing.Value("i", 0)
    child = multiprocessing.Process(target=increase, args=(counter,))
    child.start()
    child.join()
    assert counter.value == 1
    shared = multiprocessing.shared_memory.SharedMemory(create=True, size=4096)
    shared.close()
    shared.unlink()


def increase(counter):
    with counter.get_lock():
        counter.value += 1


def threads():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(square, range(10))) == 285
    local = threading.Thread(target=time.sleep, args=(0.01,), name="sleeper")
    local.start()
    local.join()


async def awaits():
    child = await asyncio.create_subprocess_exec("/bin/echo", "hi", stdout=asyncio.subprocess.PIPE)
    assert (await child.communicate())[0] == b"hi\n"
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await reader.read() == b""
    writer.close()
    server.close()


def sockets():
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as receiver, socket.socket(family, socket.SOCK_DGRAM) as sender:
            receiver.bind((address, 0))
            sender.sendto(b"x", receiver.getsockname())
            assert receiver.recv(10) == b"x"
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
    assert socket.getaddrinfo("localhost", 80)
    one, other = socket.socketpair()
    ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="example").do_handshake()
    except ssl.SSLWantReadError:
        assert outgoing.pending > 100
    with select.epoll() as poll:
        poll.register(one, select.EPOLLOUT)
        assert poll.poll(1)
    other.close()


def files():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        with open(path, "w+b") as file:
            file.write(bytes(8192))
            file.flush()
            os.fsync(file.fileno())
            fcntl.flock(file, fcntl.LOCK_EX)
            with mmap.mmap(file.fileno(), 8192) as view:
                view[0] = 1
                view.flush()
            os.posix_fallocate(file.fileno(), 0, 65536)
        os.mkfifo(path + ".fifo")
        os.symlink(path, path + ".link")
        os.link(path, path + ".hard")
        os.utime(path, (1, 2))
        os.chmod(path, 0o600)
        database = sqlite3.connect(os.path.join(folder, "database"))
        database.execute("pragma journal_mode = wal")
        database.execute("create table t (x)")
        database.commit()
    os.sync()


def system():
    heard = []
    signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.05)
    assert heard
    assert pwd.getpwuid(os.getuid()).pw_name == "algo"
    assert os.sched_getaffinity(0) and os.cpu_count() and os.getloadavg() and os.urandom(8)
    assert ctypes.CDLL(None).getpid() == os.getpid()
    with mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as private:
        private[0] = 1
    os.nice(1)


if __name__ == "__main__":
    processes()
    threads()
    asyncio.run(awaits())
    sockets()
    files()
    system()
    print("ok")
    sys.exit(0)
