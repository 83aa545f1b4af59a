/**
 * What the repositories beside this file stand for (README.md), what they need, and what must come of them. In their
 * files `__USER__` is the account that owns the algorithm, as in templates.
 */

/** What a repository needs of the host beyond its language. `registry` is the one of its language. */
export type Need = 'numpy' | 'pandas' | 'sklearn' | 'registry'

export interface Answer {
  /** Of the input; JSON where it is not said. */
  readonly as?: 'text/plain' | 'application/json' | 'application/octet-stream'
  readonly input: unknown
  /** The result, or the members that must be in it. */
  readonly result?: unknown
  readonly contentType?: 'text' | 'json' | 'binary'
  readonly error?: { readonly message: RegExp; readonly type: string; readonly trace?: RegExp }
  /** In what was printed. */
  readonly prints?: RegExp
}

/** Another algorithm of the same account, in Python and one file. */
export interface Stub {
  readonly name: string
  /** Published under this number; versions before it are skipped. */
  readonly version: string
  readonly source: string
  /** Called once before anything else. */
  readonly input?: unknown
}

export interface Repository {
  /** Below `repositories/`. */
  readonly folder: string
  /** Of the record. */
  readonly language: string
  readonly name: string
  readonly needs?: readonly Need[]
  /** Minutes of downloads: it runs with `bin/test --languages all`. */
  readonly isSlow?: true
  readonly stubs?: readonly Stub[]
  /** Collections of the account with their files. */
  readonly data?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Environment variables of the algorithm. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Words of the build log; that the build fails is said by `fails`. */
  readonly log?: readonly RegExp[]
  readonly fails?: true
  /** In order, unless the build fails. A file of `TEST_CASES.json` is called as well. */
  readonly answers?: readonly Answer[]
}

const text = (input: string, result: unknown): Answer => ({ as: 'text/plain', input, result, contentType: 'text' })
const loadingError = (message: RegExp): Answer => ({ input: 'x', error: { message, type: 'LoadingError' } })

const PYTHON: readonly Repository[] = [
  {
    folder: 'python-rules',
    language: 'python3-1',
    name: 'WaterPlan',
    answers: [
      {
        input: { moisture: 3 },
        result: { moisture: 3, is_fine: false, next_look: 15, bolus: { dose: 9.5, frequency: 'once' } },
        contentType: 'json',
      },
      {
        input: { moisture: 50, current_rate: 2 },
        result: {
          ...{ moisture: 50, is_fine: true, next_look: 60 },
          infusion: {
            rate: [
              [0, 2.5],
              [30, 2],
            ],
          },
        },
      },
      { input: {}, error: { message: /^'required: moisture'$/, type: 'AlgorithmError', trace: /WaterPlan\.py/ } },
    ],
  },
  {
    folder: 'python-vectors',
    language: 'python3-1',
    // The name of the record and the one in algorithmia.conf are not the same.
    name: 'HelloOfSomebody',
    log: [/src\/hello_simple\.py/],
    answers: [text('world', 'hello world')],
  },
  {
    folder: 'python-kit-paths',
    language: 'python3',
    name: 'greeter_demo',
    secrets: { SERVICE_ADDRESS: 'logs.example.com', SERVICE_UDP_PORT: '21131' },
    answers: [{ ...text('Ana', 'hello Ana. Reports go to logs.example.com:21131.'), prints: /^greeting Ana\n$/ }],
  },
  {
    folder: 'python-kit-paths',
    language: 'python3',
    name: 'greeter_without_settings',
    answers: [loadingError(/int\(\) argument must be .*NoneType/)],
  },
  {
    folder: 'python-calls-at-import',
    language: 'python3-1',
    name: 'Spread_API',
    answers: [loadingError(/^authorization required/)],
  },
  {
    folder: 'python-renamed',
    language: 'python3-1',
    name: 'SSImputation',
    log: [/expected the algorithm in src\/SSImputation\.py/],
    answers: [loadingError(/expected the algorithm in src\/SSImputation\.py .*algorithmia\.conf/)],
  },
  {
    folder: 'python-undeclared-pandas',
    language: 'python3-1',
    name: 'Region_Means',
    needs: ['pandas'],
    data: { Tables: { 'answers.csv': 'period,region,value\n201809,1,2\n201809,1,4\n201809,14,1\n201806,1,9\n' } },
    answers: [
      {
        input: { period: 201809 },
        result: '[{"region":1,"value":3.0},{"region":14,"value":1.0}]',
        contentType: 'text',
        prints: /'period' 'region' 'value'/,
      },
      { input: { period: 0 }, result: { failed: 'ValueError: no answers for 0' } },
    ],
  },
  {
    folder: 'python-model-at-load',
    language: 'python3',
    name: 'Neighbours',
    needs: ['sklearn'],
    data: { Models: {} },
    stubs: [
      {
        name: 'Train',
        version: '0.1.0',
        source: `import Algorithmia
import io
import numpy as np
import pickle
from sklearn.neighbors import NearestNeighbors


def apply(input):
    client = Algorithmia.client()
    client.file("data://__USER__/Models/knn.pkl").put(pickle.dumps(NearestNeighbors().fit([[0, 0], [0, 9], [9, 9]])))
    items = io.BytesIO()
    np.save(items, np.array(["near", "far", "farthest"], dtype=object), allow_pickle=True)
    client.file("data://__USER__/Models/items.npy").put(items.getvalue())
`,
        input: null,
      },
    ],
    answers: [{ input: [0, 1], result: ['near', 'far'] }],
  },
  {
    folder: 'python-model-at-load',
    language: 'python3',
    name: 'NeighboursWithoutModel',
    needs: ['sklearn'],
    answers: [loadingError(/knn\.pkl.*not found/)],
  },
  {
    folder: 'python-home-folder',
    language: 'python3-1',
    name: 'FlowerClassifier',
    needs: ['numpy'],
    log: [/src\/FlowerClassifier\.py/],
    answers: [
      { input: [1.4], error: { message: /Object of type ndarray is not JSON serializable/, type: 'AlgorithmError' } },
      { input: [], result: [] },
    ],
  },
  {
    folder: 'python-pipeline',
    language: 'python3-1',
    name: 'MoodPipeline',
    data: { Letters: { 'long.txt': 'grim. fine.', 'short.txt': 'fine.' } },
    stubs: [
      {
        name: 'ReadText',
        version: '0.1.1',
        source:
          'import Algorithmia\n\n\ndef apply(url):\n    return Algorithmia.client().file(url).getString() + "\\n"\n',
      },
      {
        name: 'WhichLanguage',
        version: '1.0.0',
        source: 'def apply(input):\n    return "en" if "grim" in input["sentence"] else "fr"\n',
      },
      { name: 'Translate', version: '0.1.1', source: 'def apply(input):\n    return {"translation": input["text"]}\n' },
      { name: 'Sentences', version: '0.1.0', source: 'def apply(input):\n    return input.split(" ")\n' },
      {
        name: 'Mood',
        version: '1.0.5',
        source: 'def apply(input):\n    return [{"mood": 0 if input["document"] == "grim." else 0.5}]\n',
      },
    ],
    answers: [
      {
        input: ['data://__USER__/Letters/long.txt'],
        result: { 'data://__USER__/Letters/long.txt': { 'average mood': 0.25 } },
        prints: /long\.txt -> grim\.\n.*long\.txt -> fine\.\n/,
      },
      {
        input: 'data://__USER__/Nothing',
        error: { message: /is no folder, or you may not see it/, type: 'AlgorithmError' },
      },
      { input: 7, error: { message: /found <class 'int'>/, type: 'AlgorithmError' } },
    ],
  },
  {
    folder: 'python-threads',
    language: 'python3',
    name: 'conductor',
    stubs: [
      { name: 'part_a', version: '0.2.3', source: 'def apply(input):\n    return sum(input)\n' },
      { name: 'part_b', version: '0.1.7', source: 'def apply(input):\n    return len(input)\n' },
    ],
    answers: [
      {
        input: { features: [1, 2, 3] },
        result: { answers: { A: 3, B: 1 }, events: ['A', 'B'], standard: true },
      },
      { input: 1, error: { message: /not defined, or was an invalid type/, type: 'AlgorithmError' } },
    ],
  },
  {
    folder: 'python-old-manifest',
    language: 'python3',
    name: 'price_model',
    data: { Prices: { 'model_1070326e.json': '{"base":100,"per_room":25.5}' } },
    answers: [
      {
        input: 2,
        result: { price: 151, origin: '1070326edfedeeb2bab07e3ed29a72f1d53a5938' },
        prints: /Model file MD5 assertion done/,
      },
    ],
  },
  {
    folder: 'python-old-manifest-kit',
    language: 'python3',
    name: 'OldManifest',
    answers: [loadingError(/required_files/)],
  },
  {
    folder: 'python-kit-state',
    language: 'python3',
    name: 'KitState',
    answers: [text('Jane', 'hello Jane Loading has been completed.')],
  },
  {
    folder: 'python-kit-user-data',
    language: 'python3',
    name: 'KitUserData',
    answers: [loadingError(/'ModelData' object has no attribute 'user_data'/)],
  },
  {
    folder: 'python-handler',
    language: 'python3',
    name: 'HandlerOfConda',
    answers: [text('Jane', 'hello Jane Loading has been completed.')],
  },
  {
    folder: 'python-half-edited',
    language: 'python3',
    name: 'HalfEdited',
    answers: [loadingError(/unexpected indent .*Algorithm\.py/)],
  },
  {
    folder: 'python-two-import',
    language: 'python3',
    name: 'Words',
    answers: [loadingError(/No module named 'helper'/)],
  },
  {
    folder: 'python-dead-wheel',
    language: 'python3-1',
    name: 'Forecast',
    needs: ['registry'],
    fails: true,
    log: [/error: requirements\.txt could not be installed.*forecasts-1\.0\.0/],
  },
]

const JAVASCRIPT: readonly Repository[] = [
  {
    folder: 'javascript-callback',
    language: 'javascript',
    name: 'second_hello',
    answers: [
      text('Jane', 'Hello Jane'),
      { input: 'Jane', result: 'Hello Jane', contentType: 'text' },
      { as: 'application/octet-stream', input: 'abc', result: 'seen 3' },
      { as: 'text/plain', input: '', error: { message: /^nobody to greet$/, type: 'AlgorithmError' } },
    ],
  },
  {
    folder: 'javascript-no-apply',
    language: 'javascript',
    name: 'wordWeights',
    answers: [
      { input: 'x', error: { message: /apply is not a function/, type: 'AlgorithmError' } },
      { input: 'x', error: { message: /apply is not a function/, type: 'AlgorithmError' } },
    ],
  },
  {
    folder: 'javascript-wrong-name',
    language: 'javascript',
    name: 'Renamed',
    log: [/expected the algorithm in src\/Renamed\.js/],
    answers: [loadingError(/src\/Renamed\.js/)],
  },
]

const COMPILED: readonly Repository[] = [
  {
    folder: 'java-wildcards',
    language: 'java',
    name: 'goodbyeworld',
    needs: ['registry'],
    isSlow: true,
    answers: [text('Jane', 'Hello Jane'), { input: 'Jane', result: 'Hello Jane', contentType: 'text' }],
  },
  {
    folder: 'java-accepts-json',
    language: 'java',
    name: 'ThresholdCheck',
    needs: ['registry'],
    isSlow: true,
    answers: [
      {
        input: { value1: '1.234', value2: '0', threshold: '1' },
        result: { valueFormula: 'abs(1.234 - 0) > 1', triggered: true, metaData: '{}' },
        contentType: 'json',
      },
      { as: 'text/plain', input: '[1', result: { error: 'Error parsing source JSON: [1' } },
    ],
  },
  {
    folder: 'java-modules',
    language: 'java',
    name: 'squares_of_range',
    needs: ['registry'],
    isSlow: true,
    log: [/^resolved: gson 2\.8\.0$/m],
    answers: [{ input: { rangeEnd: 3 }, result: { squares: [1, 4, 9], inputParams: { rangeEnd: 3, limit: null } } }],
  },
  {
    folder: 'java-ant',
    language: 'java4',
    name: 'PictureOf',
    needs: ['registry'],
    isSlow: true,
    answers: [
      {
        input: ['http://example.com/a/b', 'data://.algo/perm/a', 640, 480],
        result: 'example.com-a-b 640x480',
        contentType: 'text',
        prints: /data:\/\/\.algo\/perm\/a/,
      },
      { input: ['only one'], error: { message: /no apply method matches|matches input/, type: 'AlgorithmError' } },
    ],
  },
  {
    folder: 'java-wrong-class',
    language: 'java',
    name: 'Expected',
    fails: true,
    log: [/algorithmia\.Expected\.Expected/],
  },
  {
    folder: 'scala-legacy',
    language: 'scala',
    name: 'helloscala',
    needs: ['registry'],
    isSlow: true,
    log: [/^algorithmia-client 1\.0\.\+: provided by the platform$/m],
    answers: [text('Jane', 'Hello Jane')],
  },
  {
    folder: 'scala-dead-library',
    language: 'scala',
    name: 'Ranking',
    needs: ['registry'],
    isSlow: true,
    fails: true,
    log: [/^error: sbt: org\.example\.gone:ranking:0\.17\.1-s_2\.11 is in no repository that is still there/m],
  },
  {
    folder: 'rust-legacy',
    language: 'rust',
    name: 'Greets',
    needs: ['registry'],
    answers: [
      text('Jane', 'Hello Jane'),
      { as: 'text/plain', input: '', error: { message: /nobody to greet/, type: 'AlgorithmError' } },
    ],
  },
  {
    folder: 'rust-old-crates',
    language: 'rust',
    name: 'RustyPuzzles',
    needs: ['registry'],
    isSlow: true,
    log: [/taken from the platform, not from git\+https:.*algorithmia-rust/],
    answers: [text('Jane', 'Hello Jane')],
  },
]

const OTHERS: readonly Repository[] = [
  {
    folder: 'ruby-legacy',
    language: 'ruby',
    name: 'test_scm_123',
    answers: [
      text('Jane', 'Hello Jane'),
      { as: 'text/plain', input: '', error: { message: /nobody to greet/, type: 'ArgumentError' } },
    ],
  },
  {
    folder: 'r-legacy',
    language: 'r',
    name: 'helloR',
    answers: [
      text('Jane', 'hello Jane'),
      { input: { values: [1, 2, 6] }, result: { mean: 3, n: 3 } },
      { as: 'text/plain', input: '', error: { message: /bad/, type: 'AlgorithmError' } },
    ],
  },
]

export const CORPUS: readonly Repository[] = [...PYTHON, ...JAVASCRIPT, ...COMPILED, ...OTHERS]
