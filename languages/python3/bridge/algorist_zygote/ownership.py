"""Which processes hold a connection to the relay, by what the kernel says; only a process with capabilities may ask.

Forks of a version share a network, so an address does not tell them apart, and what they say of themselves counts for
nothing. The kernel knows which socket an address belongs to, who has it open, and in which process namespace that is.
"""
import os

from . import relay

RELAY = "0100007F:%04X" % relay.PORT
WE_CLOSE_LAST = "08"  # CLOSE_WAIT: the relay has closed its end


def holder(port):
    """The process namespace of those who hold the connection from `port`; None when nobody does, or several."""
    local = "0100007F:%04X" % port
    targets = {target for target, address, _ in _connections() if address == local}
    namespaces = {namespace_of(pid) for pid in processes() if targets & _open(pid)}
    return namespaces.pop() if len(namespaces) == 1 else None


def abandoned():
    """Sockets, as links in /proc name them, whose connection the relay has closed: whoever has them can do nothing with them."""
    return {target for target, _, state in _connections() if state == WE_CLOSE_LAST}


def namespace_of(pid):
    """Its process namespace, None when the process has ended."""
    try:
        return os.readlink("/proc/%d/ns/pid" % pid)
    except OSError:
        return None


def processes():
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def _connections():
    """Those to the relay, from the other end: (socket, its address, state)."""
    with open("/proc/self/net/tcp", encoding="ascii") as file:
        rows = [line.split() for line in file]
    # sl local_address rem_address st queues timer retransmits uid timeout inode
    return [("socket:[%s]" % row[9], row[1], row[3]) for row in rows[1:] if row[2] == RELAY]


def _open(pid):
    folder = "/proc/%d/fd" % pid
    found = set()
    try:
        names = os.listdir(folder)
    except OSError:
        return found
    for name in names:
        try:
            found.add(os.readlink("%s/%s" % (folder, name)))
        except OSError:
            pass  # closed by now
    return found
