"""What the network tests run in a sandbox: tries each attempt it is given as JSON and answers what came of it.

An attempt is [kind, host, port]; what comes back is what the other side said, or the name of the error.
"""
import errno
import json
import os
import socket
import sys


def attempt(kind, host, port):
    try:
        return KINDS[kind](host, port)
    except socket.gaierror:
        return "no such name"
    except TimeoutError:
        return "silence"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def tcp(host, port):
    with socket.create_connection((host, port), 3) as s:
        return s.makefile().read()


def udp(host, port):
    with socket.socket(family(host), socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.connect((host, port))
        s.send(b"?")
        return s.recv(100).decode()


def through_device(host, port):
    with socket.socket(family(host)) as s:
        s.settimeout(2)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tap0")
        s.connect((host, port))
        return s.makefile().read()


def multicast(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("198.51.100.100"))
        s.sendto(b"?", (host, port))
        return "sent"


def broadcast(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.sendto(b"?", (host, port))
        return "sent"


def raw(host, port):
    with socket.socket(family(host), socket.SOCK_RAW, socket.IPPROTO_ICMP):
        return "made"


def ping(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as s:
        s.settimeout(1)
        s.sendto(b"\x08\x00\xf7\xff\x00\x00\x00\x00", (host, 0))
        return "answered" if s.recv(100) else ""


def abstract(host, port):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("\0" + host)
        return s.makefile().read()


def resolve(host, port):
    return socket.gethostbyname(host)


def listen(host, port):
    listening.append(socket.create_server((host, port)))
    return "listening"


def interfaces(host, port):
    return " ".join(name for _, name in socket.if_nameindex())


listening = []
KINDS = {f.__name__: f for f in (
    tcp, udp, through_device, multicast, broadcast, raw, ping, abstract, resolve, listen, interfaces)}


def apply(body, kind):
    return "j", json.dumps([attempt(*given) for given in json.loads(body)]).encode()


if __name__ == "__main__":
    print("ATTEMPTS", apply(open(sys.argv[1]).read(), "text")[1].decode())
