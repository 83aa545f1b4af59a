"""What the first process of a namespace does with the one that it is there for."""
import os
import select


def end_like(status):
    """Ends this process as bubblewrap does, by what `os.waitpid` said: with the same code, or 128 and the signal."""
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def is_heard_before_end(pid, fd):
    """Waits for either: True when `fd` can be read, False when the child has ended."""
    ended = os.pidfd_open(pid)
    poll = select.poll()
    for each in (fd, ended):
        poll.register(each, select.POLLIN)
    found = dict(poll.poll())
    os.close(ended)
    return ended not in found
