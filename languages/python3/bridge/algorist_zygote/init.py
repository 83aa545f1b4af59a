"""The first process of a fork's process namespace: furnishes the room, starts the worker, and stays.

It stays because a process with the number 1 is not like others: signals that it does not handle do nothing to it, and it
must wait for orphans. It also relays the platform API. It ends with the worker, and the kernel ends everything else then.
"""
import base64
import json
import os
import select
import signal
import socket

from . import children, keeper, kernel, line, relay, room, runtime, shed, switchboard

FOLDER = "/tmp/zygote"
ORDER_BYTES = 1 << 20
FIRST_NUMBER, NUMBERS = 100, 30000
OUTPUTS = ("stdout", "stderr")


class Offer:
    """What all forks of a template are given: `program` is the system-call filter, `hidden` are names in /proc."""

    def __init__(self, program, hidden):
        self.program = program
        self.hidden = hidden


def run(fork, orders, offer, outer):
    """Prepares, waits for the order, starts the worker. Returns in the worker only: its line, if it is a template.

    `outer` is the descriptor of the user namespace that its network belongs to, or None when that is connected to nothing.
    """
    os.setsid()
    room.furnish(offer.hidden, outer is not None)
    folder = "%s/%d" % (FOLDER, fork)
    listener = relay.listen()
    pipes = [make_pipe("%s/%s" % (folder, name)) for name in OUTPUTS]
    os.write(orders, json.dumps({"prepared": True, "outer": outer}).encode())
    order = _read_order(os.read(orders, ORDER_BYTES))
    if "runtime" in order:
        _run_ahead(order["runtime"], fork, orders, offer, pipes, listener, outer)
    os.close(orders)
    frames = call_runner(FOLDER, fork)
    secrets = receive_secrets(frames)
    door = os.open(folder + "/api.sock", os.O_PATH)
    forks_folder = os.open(FOLDER, os.O_PATH)
    room.enter_group()
    room.move_in(order["artifact"], order["tmpBytes"], order["tmpFiles"], "filter" in order)
    room.forbid_user_namespaces()
    number_next_process(fork)
    if "filter" in order:
        return _keep(order, secrets, offer, pipes, frames, forks_folder, listener, door)
    room.close_proc()
    worker = _fork_out_of_sight()
    if worker == 0:
        _become_worker(order, secrets, offer.program, pipes, frames)
        return None
    _retire(offer, {listener, door}, outer)
    _stay(worker, listener, door)


def _read_order(message):
    """Nobody wants a fork that gets none."""
    if not message:
        os._exit(0)
    return json.loads(message)


def _fork_out_of_sight():
    """Forks. The child may run author code before this process goes on, and must not find what this one has open by then."""
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    child = os.fork()
    if child == 0:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    return child


def _retire(offer, own, outer):
    """Keeps the descriptors `own` and no right."""
    shed.descriptors(own if outer is None else own | {outer})
    shed.rights(offer.program)


def _run_ahead(wanted, fork, orders, offer, pipes, listener, outer):
    """Starts the worker's program now and gives it its algorithm later. Never returns."""
    folder = "%s/%d" % (FOLDER, fork)
    room.enter_group()
    number_next_process(fork)
    program = runtime.start(wanted, offer, pipes, call_runner(FOLDER, fork))
    order = _read_order(program.wait(orders))
    door = os.open(folder + "/api.sock", os.O_PATH)
    room.move_in(order["artifact"], order["tmpBytes"], order["tmpFiles"])
    room.forbid_user_namespaces()
    room.close_proc()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    _retire(offer, {listener, door, program.orders}, outer)
    program.send(order["env"])
    _stay(program.pid, listener, door)


def _keep(order, secrets, offer, pipes, control, folder, listener, door):
    """Starts a version's template instead of a worker, and keeps its forks."""
    ours, theirs = (end.detach() for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    template = _fork_out_of_sight()
    if template == 0:
        kernel.unshare(kernel.CLONE_NEWNS)
        room.close_proc()
        program = base64.b64decode(order["filter"])
        _become_worker(order, secrets, program, pipes, os.open(os.devnull, os.O_RDWR), theirs)
        return line.Line()
    asks, answers = (end.detach() for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    relaying = os.fork()
    if relaying == 0:
        shed.descriptors({listener, door, folder, answers})
        shed.rights(offer.program)
        switchboard.Switchboard(listener, answers, door, folder).run()
    shed.descriptors({2, ours, control, folder, asks})
    sizes = (order["tmpBytes"], order["tmpFiles"])
    return keeper.Keeper(control, ours, template, asks, relaying, folder, offer, sizes).run()


def make_pipe(path):
    """A pipe with a name, as the runner is not ours to hand descriptors to. Its reader opens it and removes the name."""
    os.mkfifo(path, 0o600)
    both = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    return both, writer


def call_runner(folder, fork):
    """The stream of frames; the fork's number tells the runner whose it is."""
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(folder + "/frames.sock")
    stream.sendall(fork.to_bytes(4, "big"))
    return stream.detach()


def receive_secrets(stream):
    """Variables for this worker alone. They come from the runner itself: what the template has read, its forks could find in
    their memory."""
    return json.loads(_read(stream, int.from_bytes(_read(stream, 4), "big")))


def _read(stream, size):
    data = bytearray()
    while len(data) < size:
        part = os.read(stream, size - len(data))
        if not part:
            os._exit(0)
        data += part
    return data


def number_next_process(fork):
    """Libraries notice a fork by its process number (OpenSSL's random numbers do), so no two forks have the same, nor the
    template's, whose number is small."""
    with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as file:
        file.write(str(FIRST_NUMBER + fork % NUMBERS))


def _become_worker(order, secrets, program, pipes, frames, to_keeper=None):
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for target, (_, writer) in enumerate(pipes, 1):
        os.dup2(writer, target)
    if frames != 3:
        os.dup2(frames, 3)
    own = {0, 1, 2, 3}
    if to_keeper is not None:
        os.dup2(to_keeper, line.LINE)
        own.add(line.LINE)
    shed.descriptors(own)
    os.environ.clear()
    os.environ.update(secrets)
    os.environ.update(order["env"])
    shed.limit(order["limits"])
    shed.rights(program)


def _stay(worker, listener, door):
    wake, woken = os.pipe()
    for fd in (wake, woken):
        os.set_blocking(fd, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    flows = relay.Relay(listener, lambda _: "/proc/self/fd/%d" % door, poll)
    while True:
        _reap(worker)
        for fd, events in poll.poll():
            if fd == wake:
                os.read(wake, 4096)
            else:
                flows.handle(fd, events)


def _reap(worker):
    """Waits for whoever has ended; ends with the worker, as bubblewrap does."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            os._exit(1)
        if pid == 0:
            return
        if pid == worker:
            children.end_like(status)
