"""
Carries out attacks that arrive as data: one step per line, `operation TAB argument...`; one line of answer per step, `ok TAB
what it got` or `no TAB error`. The same operations exist in attack.js and attack.c (../steps.ts has their meaning).
"""
import ctypes
import errno
import os
import socket
import subprocess
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
memory = {"last": 0}
PLACES = ["/tmp/remembered", "/dev/shm/remembered", "/home/algo/remembered", "/var/tmp/remembered", "/run/remembered"]


def read(path):
    with open(path, "rb", buffering=0) as file:
        return file.read(400).decode("latin1")


def write(path):
    with open(path, "ab", buffering=0) as file:
        return file.write(b"attack")


def list_folder(path):
    return " ".join(sorted(os.listdir(path)))


def processes():
    seen = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ["cmdline", "environ"]:
            seen.append(attempt(lambda: open("/proc/%s/%s" % (pid, name)).read()))
        for name in ["exe", "cwd", "root"]:
            seen.append(attempt(lambda: os.readlink("/proc/%s/%s" % (pid, name))))
        folder = "/proc/%s/fd" % pid
        names = attempt(lambda: os.listdir(folder))
        seen += [attempt(lambda: os.readlink(folder + "/" + name)) for name in names or []]
    return " ".join(filter(None, seen))


def attempt(get):
    try:
        return get()
    except OSError:
        return ""


def descriptors_open():
    folder = "/proc/self/fd/"
    return " ".join(filter(None, (attempt(lambda: fd + "=" + os.readlink(folder + fd)) for fd in os.listdir(folder))))


def syscall(*arguments):
    values = [to_argument(text) for text in arguments]
    result = libc.syscall(*values)
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    memory["last"] = result
    return result


def to_argument(text):
    if text == "$":
        return ctypes.c_long(memory["last"])
    if text.startswith("s:"):
        return ctypes.c_char_p(text[2:].encode())
    if text.startswith("x:"):
        return ctypes.create_string_buffer(bytes.fromhex(text[2:]))
    if text.startswith("z:"):
        return ctypes.create_string_buffer(int(text[2:]))
    return ctypes.c_long(int(text))


def tcp(host, port, text):
    with socket.create_connection((host, int(port)), 1) as connection:
        connection.settimeout(2)
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile(encoding="latin1").read()


def unix(path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect("\0" + path[1:] if path.startswith("@") else path)
        return "connected"


def api(text):
    return tcp("127.0.0.1", os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1], text)


def frame(text, count="1"):
    data = bytes.fromhex(text)
    for _ in range(int(count)):
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(3, rest):]
    return "sent"


def shell(command):
    return subprocess.run(["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=True, text=True, errors="replace").stdout


def detach(command):
    subprocess.run(["/usr/bin/setsid", "--fork", "/bin/sh", "-c", "trap '' TERM HUP INT; " + command],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return "started"


def take_memory(amount):
    held = []
    for _ in range(int(amount) >> 20):
        held.append(bytearray(b"x") * (1 << 20))
    time.sleep(2)
    return len(held)


def take_memfd(amount):
    for _ in range(int(amount) >> 26):
        fill_descriptor(os.memfd_create("attack"), 1 << 26)
    return "filled"


def fill(path, amount):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fill_descriptor(fd, int(amount))
    finally:
        os.close(fd)
        os.unlink(path)
    return "filled"


def fill_descriptor(fd, amount):
    block = b"x" * (1 << 20)
    while amount > 0:
        amount -= os.write(fd, block)


def inodes(folder, count):
    for index in range(int(count)):
        os.close(os.open("%s/attack%d" % (folder, index), os.O_WRONLY | os.O_CREAT, 0o600))
    return count


def forks(count):
    children = []
    try:
        for _ in range(int(count)):
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            children.append(pid)
        return len(children)
    finally:
        for pid in children:
            os.kill(pid, 9)
        for pid in children:
            os.waitpid(pid, 0)


def threads(count):
    end = threading.Event()
    started = []
    try:
        for _ in range(int(count)):
            thread = threading.Thread(target=end.wait, daemon=True)
            thread.start()
            started.append(thread)
        return len(started)
    finally:
        end.set()
        for thread in started:
            thread.join()


def descriptors(count):
    held = []
    try:
        for _ in range(int(count)):
            held.append(os.open("/dev/null", os.O_RDONLY))
        return len(held)
    finally:
        for fd in held:
            os.close(fd)


def output(fd, amount):
    block = b"x" * 65535 + b"\n"
    for _ in range(int(amount) >> 16):
        os.write(int(fd), block)
    return amount


def spin(duration_ms):
    end = time.monotonic() + int(duration_ms) / 1000
    while time.monotonic() < end:
        pass
    return "spun"


def later(delay_ms, *step):
    def work():
        time.sleep(int(delay_ms) / 1000)
        line = run_step(step)
        with open("/tmp/later", "w") as file:
            file.write(line)

    threading.Thread(target=work, daemon=True).start()
    return "planned"


def remember(text):
    memory["kept"] = text
    os.register_at_fork(after_in_child=lambda: memory.update(kept=text))
    for path in PLACES:
        attempt(lambda: open(path, "w").write(text))
    return "kept"


def recall():
    found = memory.get("kept", "") + "".join(attempt(lambda: open(path).read()) for path in PLACES)
    if not found:
        raise OSError(errno.ENOENT, "")
    return found


OPERATIONS = {
    "read": read, "write": write, "list": list_folder, "processes": processes, "open": descriptors_open,
    "syscall": syscall, "tcp": tcp, "unix": unix, "api": api, "frame": frame, "shell": shell, "detach": detach,
    "memory": take_memory, "memfd": take_memfd, "fill": fill, "inodes": inodes, "forks": forks, "threads": threads,
    "descriptors": descriptors, "output": output, "spin": spin, "later": later, "remember": remember, "recall": recall,
}


def run_step(parts):
    try:
        text = "ok\t%s" % OPERATIONS[parts[0]](*parts[1:])
    except OSError as error:
        text = "no\t%s" % errno.errorcode.get(error.errno, type(error).__name__)
    except Exception as error:
        text = "no\t%s" % type(error).__name__
    return text.translate(dict.fromkeys(range(9), " ") | dict.fromkeys(range(10, 32), " "))[:20000]


def run(text):
    return "".join(run_step(line.split("\t")) + "\n" for line in text.split("\n") if line)


def main(path):
    """In a build: the attacks of a file, each under a line with its name."""
    for line in open(path).read().split("\n"):
        if line:
            print(line if line.startswith("== ") else run_step(line.split("\t")), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
