/** What a JavaScript algorithm can do wrong while it runs. */

import type { ServerWatch } from '../lib/watch.ts'
import { dies, exits, fails, type RogueCase, succeeds, timesOut } from './rogue-rows.ts'

const DAEMON = `require('child_process').spawn('/bin/sleep', ['98766'], { detached: true, stdio: 'ignore' }).unref();`

export function javascriptCases(watch: () => ServerWatch): readonly RogueCase[] {
  return [
    {
      name: 'process.exit(0)',
      code: ['process.exit(0)', 'process.exit()', 'process.reallyExit(0)'],
      expected: exits(0),
      worker: 'replaced',
    },
    {
      name: 'process.exit(3)',
      code: ['process.exit(3)', 'setTimeout(() => process.exit(3), 10)', 'process.exitCode = 3; process.exit()'],
      expected: exits(3),
      worker: 'replaced',
    },
    {
      name: 'killed by SIGKILL',
      code: "process.kill(process.pid, 'SIGKILL')",
      expected: dies('SIGKILL'),
      worker: 'replaced',
    },
    {
      name: 'killed by SIGTERM',
      code: "process.kill(process.pid, 'SIGTERM')",
      expected: dies('SIGTERM'),
      worker: 'replaced',
    },
    { name: 'abort()', code: 'process.abort()', expected: dies('SIGABRT'), worker: 'replaced' },
    {
      name: 'throws',
      code: ["throw new Error('wrong')", "cb(new Error('wrong'))", "return Promise.reject(new Error('wrong'))"],
      expected: fails(/wrong/),
      worker: 'kept',
    },
    {
      name: 'throws what is no error',
      code: [
        'throw undefined',
        'throw null',
        'throw 0',
        "throw ''",
        'throw {}',
        'throw Symbol("a")',
        'throw new Proxy({}, { get() { throw 1 } })',
        'throw Object.create(null)',
        'throw [1]',
        'throw 1n',
      ],
      expected: { status: 200, message: /./, errorType: 'AlgorithmError' },
      worker: 'kept',
    },
    {
      name: 'throws after it was called',
      code: "setTimeout(() => { throw new Error('late') }, 10)",
      expected: { status: 200, message: /late|exited with code/ },
      worker: 'replaced',
    },
    {
      name: 'throws after its answer',
      code: "cb(null, 1); throw new Error('after')",
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
    },
    {
      name: 'calls back twice',
      code: 'cb(null, 1); cb(null, 2); cb(new Error())',
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
    },
    {
      name: 'rejects a promise that nobody sees',
      code: "Promise.reject(new Error('unseen')); return 1",
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
    },
    {
      name: 'never calls back, timeout=0.5',
      code: ['0', 'return new Promise(() => {})', 'setInterval(() => {}, 1000)'].map((code) =>
        code.replace(/^0$/, ';'),
      ),
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
    },
    {
      name: 'loops without end, timeout=0.5',
      code: [
        'for (;;) {}',
        'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
        'const f = () => Promise.resolve().then(f); f()',
        'const f = () => process.nextTick(f); f()',
      ],
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
    },
    {
      name: 'ignores signals, timeout=0.5',
      code: "for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']) process.on(s, () => {}); for (;;) {}",
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
    },
    {
      name: 'prints 32 MB',
      code: "for (let i = 0; i < 32; i++) console.log('x'.repeat(1 << 20)); return 1",
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
      withinMs: 12_000,
    },
    {
      name: 'prints 20 MB past Node',
      code: "const b = Buffer.alloc(65536, 120); for (let i = 0; i < 320; i++) require('fs').writeSync(1, b); return 1",
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
      withinMs: 12_000,
    },
    {
      name: 'returns a text of 20 MB',
      code: "return 'x'.repeat(20_000_000)",
      expected: fails('The result has 20000000 bytes, more than the limit of 15000000 bytes', 'TooLargeError'),
      worker: 'kept',
      withinMs: 2000,
    },
    {
      name: 'returns 12 MB of bytes',
      code: 'return Buffer.alloc(12_000_000)',
      expected: fails('The result has 16000000 bytes, more than the limit of 15000000 bytes', 'TooLargeError'),
      worker: 'kept',
      withinMs: 2000,
    },
    {
      name: 'returns what is not JSON',
      code: [
        'return 1n',
        'const a = []; a.push(a); return a',
        'return { toJSON() { throw new Error("no") } }',
        'return new Proxy({}, { ownKeys() { throw new Error("no") } })',
      ],
      expected: { status: 200, message: /./, errorType: 'AlgorithmError' },
      worker: 'kept',
    },
    {
      name: 'returns nesting without end',
      code: 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a',
      expected: fails(/stack|nest/i),
      worker: 'kept',
    },
    {
      name: 'writes garbage to its answer socket',
      code: [
        "require('fs').writeSync(3, 'garbage'.repeat(100)); return 1",
        "require('fs').writeSync(3, Buffer.alloc(100)); return 1",
      ],
      query: '?timeout=3',
      expected: fails(/^The algorithm's runtime wrote an invalid answer: /),
      worker: 'replaced',
    },
    {
      name: 'writes garbage to /tmp/algoout',
      code: "require('fs').writeFileSync('/tmp/algoout', 'garbage'); return 1",
      expected: succeeds(/^\{"result":1,/),
      worker: 'kept',
    },
    {
      name: 'closes its answer socket',
      code: "require('fs').closeSync(3); return 1",
      query: '?timeout=2',
      expected: { status: 200, message: /^exited with code |may have timed-out/ },
      worker: 'replaced',
      withinMs: 2800,
    },
    {
      name: 'starts a daemon and exits',
      code: `${DAEMON} process.exit(5)`,
      expected: exits(5),
      worker: 'replaced',
      afterwards: () => watch().expectGone(/sleep 98766/),
    },
    {
      name: 'starts a daemon and loops, timeout=0.5',
      code: `${DAEMON} for (;;) {}`,
      query: '?timeout=0.5',
      expected: timesOut,
      worker: 'replaced',
      withinMs: 1300,
      afterwards: () => watch().expectGone(/sleep 98766/),
    },
    {
      name: 'asks for too much memory at once',
      code: ['new ArrayBuffer(2 ** 50)', "'x'.repeat(2 ** 30)", 'new Array(-1)'],
      expected: fails(/Invalid|allocation/i),
      worker: 'kept',
    },
    { name: 'recurses without end', code: 'const f = () => f(); f()', expected: fails(/call stack/), worker: 'kept' },
    {
      name: 'changes what the bridge uses',
      code: 'JSON.stringify = () => { throw new Error("gone") }; Buffer.concat = null; Buffer.from = null; return { a: 1 }',
      query: '?timeout=3',
      expected: exits(1),
      worker: 'replaced',
    },
  ]
}
