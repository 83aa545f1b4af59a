/**
 * What every language must do (runtime.md 3 and 9), as data. The program of a case lies in
 * `languages/<language>/cases/<fixture>/`; where a language differs, its `cases/differences.json` says how and why.
 */

/** `t` text, `j` JSON text, `b` bytes (written here as latin1 text). */
export type Kind = 't' | 'j' | 'b'

export interface ExpectedError {
  /** Whole message, or a part of it when written `…part…`. */
  readonly message: string
  readonly type?: string
  /** Text that the stack trace contains. */
  readonly stacktrace?: string
}

export interface Call {
  readonly input: readonly [Kind, string]
  readonly value?: readonly [Kind, string]
  readonly error?: ExpectedError
  /** `[kind, text]` of the output frames of the call, joined per run of the same stream: `1` stdout, `2` stderr. */
  readonly output?: readonly (readonly ['1' | '2', string])[]
  /** The process ends during the call, with this code. */
  readonly exitCode?: number
  /** No answer comes. */
  readonly silent?: true
}

export interface Case {
  readonly name: string
  readonly fixture: string
  /** Name of the algorithm's record; most fixtures have no algorithmia.conf and are named by it. */
  readonly algorithmName?: string
  readonly loadError?: ExpectedError
  readonly loadOutput?: readonly (readonly ['1' | '2', string])[]
  readonly calls: readonly Call[]
}

export const CASES: readonly Case[] = [
  {
    name: 'text arrives and leaves as text',
    fixture: 'echo',
    calls: [
      { input: ['t', 'a'], value: ['t', 'a'] },
      { input: ['t', ''], value: ['t', ''] },
      { input: ['t', 'Zoë 🙂 \u2028'], value: ['t', 'Zoë 🙂 \u2028'] },
    ],
  },
  {
    name: 'a JSON string arrives as text',
    fixture: 'echo',
    calls: [
      { input: ['j', '"a"'], value: ['t', 'a'] },
      { input: ['j', '"\\ud800"'], value: ['j', '"\\ud800"'] },
    ],
  },
  {
    name: 'JSON keeps order, digits and nesting',
    fixture: 'echo',
    calls: [
      { input: ['j', '[1,2.0,12345678901234567890]'], value: ['j', '[1,2.0,12345678901234567890]'] },
      {
        input: ['j', '{"b":1,"a":[true,false,null,{}],"Zoë":-0.5}'],
        value: ['j', '{"b":1,"a":[true,false,null,{}],"Zoë":-0.5}'],
      },
      { input: ['j', 'null'], value: ['j', 'null'] },
      { input: ['j', `${'['.repeat(120)}${']'.repeat(120)}`], value: ['j', `${'['.repeat(120)}${']'.repeat(120)}`] },
    ],
  },
  {
    name: 'bytes arrive and leave as bytes',
    fixture: 'echo',
    calls: [
      { input: ['b', '\x00\x01'], value: ['b', '\x00\x01'] },
      { input: ['b', ''], value: ['b', ''] },
      { input: ['b', '\xff\xfe{}'], value: ['b', '\xff\xfe{}'] },
    ],
  },
  {
    name: 'bytes made by the algorithm are binary',
    fixture: 'returns-bytes',
    calls: [{ input: ['t', 'x'], value: ['b', '\x89PNG'] }],
  },
  {
    name: 'nothing returned is null',
    fixture: 'returns-nothing',
    calls: [{ input: ['t', 'x'], value: ['j', 'null'] }],
  },
  {
    name: 'an exception is an error and the worker goes on',
    fixture: 'throws',
    calls: [
      { input: ['t', 'x'], error: { message: 'x', type: 'AlgorithmError', stacktrace: 'apply' } },
      { input: ['t', 'fine'], value: ['t', 'fine'] },
    ],
  },
  {
    name: 'an exception may carry an error type',
    fixture: 'throws-typed',
    calls: [{ input: ['t', 'x'], error: { message: 'no such thing', type: 'InputError' } }],
  },
  {
    name: 'an exception may carry its own stack trace',
    fixture: 'throws-with-stacktrace',
    calls: [{ input: ['t', 'x'], error: { message: 'no', type: 'AlgorithmError', stacktrace: 'only this' } }],
  },
  {
    name: 'a result that JSON cannot carry is an error',
    fixture: 'returns-unserializable',
    calls: [
      { input: ['t', 'x'], error: { message: '…not JSON serializable…', type: 'AlgorithmError' } },
      { input: ['t', 'fine'], value: ['t', 'fine'] },
    ],
  },
  {
    name: 'NaN in a result is an error that says where',
    fixture: 'returns-nan',
    calls: [
      {
        input: ['t', 'x'],
        error: {
          message: 'result contains NaN or Infinity, which JSON cannot carry (at result.rows[1])',
          type: 'AlgorithmError',
        },
      },
    ],
  },
  {
    name: 'a program that exits ends the worker with its code',
    fixture: 'exits',
    calls: [{ input: ['t', 'x'], output: [['1', 'last words\n']], exitCode: 3 }],
  },
  {
    name: 'a program that does not load is a loading error with its output',
    fixture: 'fails-to-load',
    loadError: { message: '…no_such_package…', type: 'LoadingError', stacktrace: 'no_such_package' },
    loadOutput: [['1', 'about to fail\n']],
    calls: [],
  },
  {
    name: 'a missing file is a loading error that names the expected ones',
    fixture: 'wrong-name',
    algorithmName: 'Recorded',
    loadError: { message: '…src/Configured', type: 'LoadingError' },
    calls: [],
  },
  {
    name: 'algorithmia.conf names the file before the record does',
    fixture: 'renamed',
    algorithmName: 'Recorded',
    calls: [{ input: ['t', 'x'], value: ['t', 'old name'] }],
  },
  {
    name: 'a program without apply is an error per call',
    fixture: 'no-apply',
    calls: [
      { input: ['t', 'x'], error: { message: '…apply…', type: 'AlgorithmError' } },
      { input: ['t', 'x'], error: { message: '…apply…', type: 'AlgorithmError' } },
    ],
  },
  {
    name: 'output comes in order, before the answer, with the call it belongs to',
    fixture: 'prints',
    loadOutput: [['1', 'loading\n']],
    calls: [
      {
        input: ['t', 'a'],
        output: [
          ['1', 'out a\n'],
          ['2', 'err a\n'],
          ['1', 'no line end'],
        ],
        value: ['t', 'a'],
      },
      {
        input: ['t', 'b'],
        output: [
          ['1', 'out b\n'],
          ['2', 'err b\n'],
          ['1', 'no line end'],
        ],
        value: ['t', 'b'],
      },
    ],
  },
  {
    name: 'output may be any bytes',
    fixture: 'prints-bytes',
    calls: [{ input: ['t', 'x'], output: [['1', '\xff\xfe\n']], value: ['t', 'x'] }],
  },
  {
    name: 'what was loaded stays from call to call',
    fixture: 'counts',
    calls: [
      { input: ['t', 'x'], value: ['j', '1'] },
      { input: ['t', 'x'], value: ['j', '2'] },
    ],
  },
  {
    name: 'an asynchronous apply is waited for',
    fixture: 'asynchronous',
    calls: [
      { input: ['t', 'x'], value: ['t', 'later x'] },
      { input: ['t', 'boom'], error: { message: 'boom', type: 'AlgorithmError' } },
      { input: ['t', 'y'], value: ['t', 'later y'] },
    ],
  },
  {
    name: 'the bundled client is there without being installed',
    fixture: 'uses-client',
    calls: [{ input: ['t', 'x'], value: ['t', 'algo://util/Echo'] }],
  },
]
