"""Looks for texts wherever this process can read: files of some folders, and what /proc shows of every process.

The order comes as JSON on standard input, so that what is looked for is in no argument and no file:
{needles, folders, beside, since, seconds}. Answers {found, files, processes} as JSON.
"""
import json
import os
import stat
import sys
import time

CHUNK_BYTES = 1 << 20
PROCESS_FILES = ("cmdline", "environ", "comm", "status", "stat", "mountinfo", "cgroup")

order = json.load(sys.stdin)
needles = [needle.encode() for needle in order["needles"]]
longest = max(map(len, needles))
end = time.monotonic() + order["seconds"]
answer = {"found": [], "files": 0, "processes": 0}


def look(path):
    """True when it could be read."""
    try:
        with open(path, "rb") as file:
            rest = b""
            while part := file.read(CHUNK_BYTES):
                if any(needle in rest + part for needle in needles):
                    answer["found"].append(path)
                    break
                rest = part[-longest:]
        return True
    except OSError:
        return False


def look_through(folder, is_deep):
    for path, folders, names in os.walk(folder):
        if not is_deep:
            folders.clear()
        for name in names:
            if time.monotonic() > end:
                raise SystemExit("the search took too long")
            file = os.path.join(path, name)
            if any(needle.decode() in name for needle in needles):
                answer["found"].append(file)
            try:
                about = os.lstat(file)
            except OSError:
                continue
            if stat.S_ISREG(about.st_mode) and max(about.st_mtime, about.st_ctime) >= order["since"]:
                answer["files"] += look(file)


def look_at_processes():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) != os.getpid():
            answer["processes"] += any([look("/proc/%s/%s" % (pid, name)) for name in PROCESS_FILES])


look_at_processes()
for each in order["folders"]:
    look_through(each, True)
for each in order["beside"]:
    look_through(each, False)
json.dump(answer, sys.stdout)
