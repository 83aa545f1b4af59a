/** What a Python algorithm can do wrong while it runs. */

import type { ServerWatch } from '../lib/watch.ts'
import { dies, exits, fails, type RogueCase, succeeds, timesOut } from './rogue-rows.ts'

const DAEMON = `
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sleep", ["sleep", "98765"])
    os._exit(0)
os.wait()
`

export function pythonCases(watch: () => ServerWatch): readonly RogueCase[] {
  return [
    {
      name: 'sys.exit(0)',
      code: ['import sys\nsys.exit(0)', 'raise SystemExit', 'import sys\nsys.exit(None)', 'import os\nos._exit(0)'],
      expected: exits(0),
      worker: 'replaced',
    },
    {
      name: 'sys.exit(3)',
      code: ['import sys\nsys.exit(3)', 'import os\nos._exit(3)', 'exit(3)'],
      expected: exits(3),
      worker: 'replaced',
    },
    { name: 'sys.exit with a text', code: 'import sys\nsys.exit("over")', expected: exits(1), worker: 'replaced' },
    {
      name: 'killed by SIGKILL',
      code: 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)',
      expected: dies('SIGKILL'),
      worker: 'replaced',
    },
    {
      name: 'killed by SIGTERM',
      code: 'import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(5)',
      expected: dies('SIGTERM'),
      worker: 'replaced',
    },
    {
      name: 'killed by SIGSEGV',
      code: ['import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)', 'import ctypes\nctypes.string_at(0)'],
      expected: dies('SIGSEGV'),
      worker: 'replaced',
    },
    { name: 'abort()', code: 'import os\nos.abort()', expected: dies('SIGABRT'), worker: 'replaced' },
    {
      name: 'kills everything it can',
      code: 'import os, signal\nos.kill(-1, signal.SIGKILL)',
      // A worker that is a fork can kill its own relay, and one that was started by itself nothing.
      expected: succeeds(/^\{"result":null,|No such process/),
      worker: 'kept',
    },
    {
      name: 'raises',
      code: [
        'raise ValueError("wrong")',
        'raise Exception("wrong")',
        'class E(BaseException): pass\nraise E("wrong")',
        'async def f(): raise ValueError("wrong")\nresult = f()',
      ],
      expected: fails('wrong'),
      worker: 'kept',
    },
    {
      name: 'raises without a text',
      code: ['raise ValueError', 'raise MemoryError', 'raise StopIteration', 'raise GeneratorExit', 'assert False'],
      expected: fails(/./),
      worker: 'kept',
    },
    {
      name: 'raises what cannot be printed',
      code: 'class E(Exception):\n  def __str__(self): raise E()\n  __repr__ = __str__\nraise E()',
      expected: fails(/./),
      worker: 'kept',
    },
    {
      name: 'raises a text of 20 MB',
      code: 'raise ValueError("x" * 20_000_000)',
      expected: { status: 200, message: /./ },
      worker: 'kept',
    },
    { name: 'raises with half a character', code: 'raise ValueError("\\ud800")', expected: fails(/./), worker: 'kept' },
    {
      name: 'prints 32 MB',
      code: 'for _ in range(32): print("x" * (1 << 20))\nresult = 1',
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
      withinMs: 12_000,
    },
    {
      name: 'prints 20 MB past Python',
      code: 'import os\nfor _ in range(320): os.write(1, b"x" * 65536)\nresult = 1',
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
      withinMs: 12_000,
    },
    {
      name: 'prints 20 MB that are asked for',
      code: 'for _ in range(20): print("x" * (1 << 20))\nresult = 1',
      query: '?stdout=true',
      expected: succeeds(/^.{10000,1200000}$/s),
      worker: 'kept',
      withinMs: 12_000,
    },
    {
      name: 'prints what is not text',
      code: 'import os\nos.write(1, bytes(range(256)) * 100)\nresult = 1',
      query: '?stdout=true',
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
    },
    {
      name: 'returns a text of 20 MB',
      code: 'result = "x" * 20_000_000',
      expected: fails('The result has 20000000 bytes, more than the limit of 15000000 bytes', 'TooLargeError'),
      worker: 'kept',
      withinMs: 2000,
    },
    {
      name: 'returns 20 MB as JSON',
      code: 'result = ["x" * 1000] * 20_000',
      expected: fails(/^The result has \d+ bytes, more than the limit of 15000000 bytes$/, 'TooLargeError'),
      worker: 'kept',
      withinMs: 2000,
    },
    {
      name: 'returns 12 MB of bytes',
      code: 'result = b"x" * 12_000_000',
      expected: fails('The result has 16000000 bytes, more than the limit of 15000000 bytes', 'TooLargeError'),
      worker: 'kept',
      withinMs: 2000,
    },
    {
      name: 'returns NaN or Infinity',
      code: ['result = float("nan")', 'result = float("inf")', 'result = {"a": [1, float("-inf")]}'],
      expected: fails(/NaN or Infinity, which JSON cannot carry/),
      worker: 'kept',
    },
    {
      name: 'returns what is not JSON',
      code: [
        'result = {1, 2}',
        'result = object()',
        'result = lambda: 1',
        'result = {"a": b"x"}',
        'result = 1j',
        'import datetime\nresult = datetime.datetime.now()',
      ],
      expected: fails(/not JSON serializable/),
      worker: 'kept',
    },
    {
      name: 'returns a circle',
      code: ['result = []\nresult.append(result)', 'result = {}\nresult["a"] = result'],
      expected: fails(/[Cc]ircular/),
      worker: 'kept',
    },
    {
      name: 'returns keys that are not text',
      code: 'result = {(1, 2): 3}',
      expected: fails(/keys must be/),
      worker: 'kept',
    },
    {
      name: 'returns nesting without end',
      code: 'result = []\nfor _ in range(100_000): result = [result]',
      expected: fails(/recursion|nest/i),
      worker: 'kept',
    },
    {
      name: 'returns a number of 10,000 digits',
      code: 'result = 10 ** 10_000',
      expected: { status: 200, message: /digits|^\{"result":10/ },
      worker: 'kept',
    },
    {
      name: 'writes garbage to its answer socket',
      code: [
        'import os\nos.write(3, b"garbage" * 100)\nresult = 1',
        'import os\nos.write(3, b"\\0" * 100)\nresult = 1',
        'import os\nos.write(3, b"GET / HTTP/1.1\\r\\n\\r\\n")\nresult = 1',
      ],
      query: '?timeout=3',
      expected: fails(/^The algorithm's runtime wrote an invalid answer: /),
      worker: 'replaced',
    },
    {
      name: 'forges an answer of another call',
      code: 'import os, struct\nos.write(3, struct.pack(">IBBI", 1, ord("V"), ord("j"), 999) + b"1")\nresult = 1',
      expected: fails("The algorithm's runtime answered call 999, which is not running"),
      worker: 'replaced',
    },
    {
      name: 'forges frames that are no JSON',
      code: 'import os, struct\nos.write(3, struct.pack(">IBBI", 3, ord("V"), ord("j"), 2) + b"{]}")\nresult = 1',
      expected: fails(/^The algorithm's runtime wrote an invalid answer: /),
      worker: 'replaced',
    },
    {
      name: 'writes garbage to /tmp/algoout',
      code: 'open("/tmp/algoout", "w").write("garbage" * 1000)\nresult = 1',
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
    },
    {
      name: 'closes its descriptors',
      code: 'import os\nos.closerange(0, 4096)\nresult = 1',
      expected: { status: 200, message: /^exited with code /, errorType: 'SystemExit' },
      worker: 'replaced',
    },
    {
      name: 'closes its answer socket and sleeps, timeout=0.5',
      code: 'import os, time\nos.close(3)\ntime.sleep(60)',
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
    },
    {
      name: 'loops without end, timeout=0.5',
      code: [
        'while True: pass',
        'import time\ntime.sleep(1000)',
        'import threading\nthreading.Event().wait()',
        'import os\nos.read(os.pipe()[0], 1)',
      ],
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
    },
    {
      name: 'ignores every signal, timeout=0.5',
      code: 'import signal, time\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nwhile True: time.sleep(1)',
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
    },
    {
      name: 'catches every exception, timeout=0.5',
      code: 'import time\nwhile True:\n  try: time.sleep(10)\n  except BaseException: pass',
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
    },
    {
      name: 'stops itself, timeout=0.5',
      code: 'import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)',
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
    },
    {
      name: 'starts a daemon and returns',
      code: `${DAEMON}result = 1`,
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
    },
    {
      name: 'starts a daemon and exits',
      code: `${DAEMON}os._exit(5)`,
      expected: exits(5),
      worker: 'replaced',
      afterwards: () => watch().expectGone(/sleep 98765/),
    },
    {
      name: 'starts a daemon and sleeps, timeout=0.5',
      code: `${DAEMON}time.sleep(60)`,
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
      afterwards: () => watch().expectGone(/sleep 98765/),
    },
    {
      name: 'leaves a thread that prints',
      code: 'import threading, time\ndef f():\n  for _ in range(50): print("late"); time.sleep(0.01)\nthreading.Thread(target=f).start()\nresult = 1',
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
    },
    { name: 'asks for a terabyte', code: 'result = len(bytearray(1 << 40))', expected: fails(/./), worker: 'kept' },
    { name: 'recurses without end', code: 'def f(): return f()\nf()', expected: fails(/recursion/), worker: 'kept' },
    {
      name: 'fills its /tmp',
      code: 'with open("/tmp/full", "wb") as file:\n  while True: file.write(b"x" * (1 << 20))',
      expected: fails(/No space left/),
      worker: 'kept',
      withinMs: 5000,
    },
    {
      name: 'writes outside',
      code: [
        'open("/opt/algorithm/x", "w")',
        'open("/opt/bridge/x", "w")',
        'open("/usr/x", "w")',
        'open("/etc/passwd", "a")',
        'open("/x", "w")',
      ],
      expected: fails(/Read-only file system|Permission denied/),
      worker: 'kept',
    },
    {
      name: 'input that Python cannot read',
      code: 'x',
      query: '',
      expected: fails(/name 'x' is not defined/),
      worker: 'kept',
    },
  ]
}
