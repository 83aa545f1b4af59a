import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Bench, openBench, textOf } from '../test-fixtures/harness.ts'
import type { ContentType } from './types.ts'

let bench: Bench
before(async () => {
  bench = await openBench({ loadTimeoutMs: 3000 })
})
after(() => bench.close())

/** A pipe that answers each request with the text that `answer` makes of the line. */
const pipe = (answer: string, marker = 'print("PIPE_INIT_COMPLETE", flush=True)') => `
import sys, json, base64, os, time
assert os.path.exists("/tmp/algoout")
${marker}
for line in sys.stdin:
    request = json.loads(line)
    data = request["data"]
    answer = ${answer}
    with open("/tmp/algoout", "w") as out: out.write(answer)
`
const answering = (answer: string) => bench.algorithm(pipe(answer), { language: 'fifo' })

test('requests are one line each, whatever is in them', async () => {
  const echo = await answering('json.dumps({"result": line, "metadata": {"content_type": "text"}})')
  const cases: readonly (readonly [ContentType, string, string])[] = [
    ['text', 'a\n\u0085\u2028"é"', '"a\\n\\u0085\\u2028\\"é\\""'],
    ['json', '{"b" :\r\n\t1.0,"a":"x\u2029"}', '{"b" :   1.0,"a":"x\\u2029"}'],
    ['binary', 'bytes\xff', '"Ynl0ZXP/"'],
  ]
  for (const [contentType, body, data] of cases) {
    const sent = contentType === 'binary' ? Buffer.from(body, 'latin1') : body
    const line = textOf(await echo(sent, { contentType }))
    assert.equal(line, `{"content_type":"${contentType}","data":${data}}\n`)
  }
})

test('every answer shape that programs were seen to use is understood', async () => {
  const echo = await answering('data')
  const cases: readonly (readonly [answer: string, contentType: string, body: string])[] = [
    ['{"result":1.0,"metadata":{"content_type":"json"}}\n', 'json', '1.0'],
    ['{"metadata":{"content_type":"text"},"result":"a\\u0062"}', 'text', 'ab'],
    ['{"result":"eHk=\\nWg==".x', 'error', ''],
    ['{"result":"e\\nHk=","metadata":{"content_type":"binary"}}', 'binary', 'xy'],
    ['{"result":[1, {"k":"}"}],"content_type":"json"} \n', 'json', '[1, {"k":"}"}]'],
    ['{"result":"no type"}', 'text', 'no type'],
    ['{"result":"a string","metadata":{"content_type":"json"}}', 'json', '"a string"'],
    ['{"result":{"a":12345678901234567890}}', 'json', '{"a":12345678901234567890}'],
    ['{"metadata":{"content_type":"json"}}', 'json', 'null'],
    ['{"result":1,"metadata":{"content_type":"json"}}\n{"result":2}', 'json', '1'],
    ['{"error":{"message":"m","stack_trace":"s","error_type":"T"}}', 'error', 'm|T|s'],
    ['{"error":{"message":null,"error_type":"class X"}}', 'error', 'class X|class X|'],
    ['{"error":{"message":"m","error_type":null}}', 'error', 'm|AlgorithmError|'],
    ['{"message":"flat","stacktrace":"s"}', 'error', 'flat|AlgorithmError|s'],
    ['{"result":NaN,"metadata":{"content_type":"json"}}', 'error', 'result contains NaN'],
    ['{"result":-Infinity}', 'error', 'result contains NaN'],
    ['[1]', 'error', 'neither result nor error'],
    ['not json', 'error', 'invalid answer: "n'],
  ]
  for (const [sent, contentType, body] of cases) {
    const outcome = await echo(sent)
    if (outcome.kind === 'result') assert.deepEqual([outcome.contentType, textOf(outcome)], [contentType, body], sent)
    else if (outcome.kind === 'error') {
      const { message, errorType, stacktrace } = outcome
      if (sent.startsWith('{"result":"eHk')) continue
      assert.equal(contentType, 'error', `${sent}: ${message}`)
      assert.ok(
        `${message}|${errorType}|${stacktrace ?? ''}`.includes(body),
        `${sent}: ${message}|${errorType}|${stacktrace}`,
      )
    } else assert.fail(textOf(outcome))
  }
  assert.equal(textOf(await echo('{"result":"still here"}')), 'still here')
})

test('the marker may stand anywhere in a line, and what was printed before it belongs to the first call', async () => {
  const marker = 'print("before"); print("[1] \\"PIPE_INIT_COMPLETE\\" x", flush=True); print("after", flush=True)'
  const source = pipe('json.dumps({"result": data})', marker).replace('        answer', '    answer')
  const echo = await bench.algorithm(`${source}    time.sleep(0.004); print("late", flush=True)\n`, {
    language: 'fifo',
  })
  const first = await echo('x', { wantsStdout: true })
  assert.ok(first.kind === 'result')
  assert.equal(first.stdout, 'before\nafter\nlate\n')
  const second = await echo('x', { wantsStdout: true })
  assert.ok(second.kind === 'result' && second.stdout === 'late\n')
})

test('a load error written before the marker is the answer, as is an exit without marker', async () => {
  const early =
    'open("/tmp/algoout", "w").write(json.dumps({"error": {"message": "bad model", "error_type": "AlgorithmError"}})); time.sleep(60)'
  const failing = await (await bench.algorithm(pipe('""', early), { language: 'fifo' }))('')
  assert.ok(failing.kind === 'error')
  assert.deepEqual([failing.message, failing.errorType], ['bad model', 'LoadingError'])
  const exiting = await (await bench.algorithm(pipe('""', 'sys.exit("no such thing")'), { language: 'fifo' }))('')
  assert.ok(exiting.kind === 'error')
  assert.deepEqual([exiting.message, exiting.errorType], ['no such thing', 'LoadingError'])
  const silent = await (await bench.algorithm(pipe('""', 'time.sleep(60)'), { language: 'fifo' }))('')
  assert.ok(silent.kind === 'error' && /not ready after 3 s/.test(silent.message))
})

test('large requests and answers pass, and a process that ends without an answer is an exit', async () => {
  const echo = await answering('json.dumps({"result": data}) if data != "exit" else sys.exit(5)')
  const text = 'ü'.repeat(2_000_000)
  assert.equal(textOf(await echo(text)), text)
  const exited = await echo('exit')
  assert.ok(exited.kind === 'error')
  assert.deepEqual([exited.message, exited.errorType], ['exited with code 5', 'SystemExit'])
})
