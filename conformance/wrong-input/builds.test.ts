/** Builds that fail, hang, flood, and try to leave what a build should not leave or see (runtime.md 1.5, design.md 5). */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createAlgorithm, type Workshop } from '../lib/algorithms.ts'
import { curlJson } from '../lib/curl.ts'
import { until } from '../lib/until.ts'
import { createForge, type Forge } from './lib/forge.ts'
import { type Ground, request, startGround } from './lib/ground.ts'
import { type Expected, type Row, testTheme } from './lib/rows.ts'

const TIMEOUT_SECONDS = 10
/** In the server's environment; no build and no algorithm may see it. */
const CANARY = 'canary-7f3a9c'
const LOG_LIMIT_BYTES = 5 << 20

let ground: Ground
let shop: Workshop
let forge: Forge

async function open(): Promise<Ground> {
  ground = await startGround({ ALGORIST_BUILD_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS), WRONG_INPUT_CANARY: CANARY })
  ;({ shop } = await createAlgorithm(ground.target, ground.probe.owner, { name: 'Evil', language: 'javascript' }))
  forge = await createForge(shop)
  const { close } = ground.target
  return { ...ground, target: { ...ground.target, close: () => forge.close().then(close) } }
}

interface BuildCase {
  readonly name: string
  /** A shell script that runs as an install script of npm. */
  readonly script?: string
  readonly files?: Readonly<Record<string, string>>
  readonly expected: Expected
  readonly withinMs?: number
  readonly afterwards?: () => Promise<void>
}

const built: Expected = { status: 0, message: /build successful/ }
const failed = (reason: RegExp): Expected => ({
  status: 0,
  message: new RegExp(`${reason.source}.*build FAILED`, 's'),
})
/** The log shows every probe, and none of them found anything. */
const sawNothing: Expected = { status: 0, message: /^(?!.*(?:FOUND|canary)).*looked.*build successful/s }

const lines = (...each: readonly string[]) => each.join('\n')

const CASES: readonly BuildCase[] = [
  {
    name: 'package.json is no JSON',
    files: { 'package.json': '{ no' },
    expected: failed(/package\.json is not valid JSON/),
  },
  {
    name: 'package.json is no object',
    files: { 'package.json': '[]' },
    expected: failed(/package\.json is not a JSON object/),
  },
  {
    name: 'algorithmia.conf is no JSON',
    files: { 'algorithmia.conf': '{ no' },
    expected: failed(/algorithmia\.conf is not valid JSON/),
  },
  { name: 'a syntax error is no build error', files: { 'src/Evil.js': 'exports.apply = (' }, expected: built },
  {
    name: 'a dependency that is not there',
    files: { 'package.json': '{"name":"evil","version":"0.0.0","dependencies":{"a":"file:./nothing"}}' },
    expected: failed(/nothing|ENOENT|npm install ended with code/),
  },
  {
    name: 'an install script that exits with 7',
    script: 'echo before; exit 7',
    expected: failed(/before.*npm install ended with code 7/),
  },
  {
    name: 'an install script that kills its build',
    script: 'kill -9 -1; echo survived',
    expected: failed(/The build command ended with code|npm install ended with|survived/),
  },
  {
    name: 'an install script that hangs and ignores signals',
    script: lines("trap '' TERM INT HUP", 'setsid sleep 98768 &', 'while :; do sleep 1; done'),
    expected: failed(/The build took longer than 10 s and was ended/),
    withinMs: (TIMEOUT_SECONDS + 4) * 1000,
    afterwards: () => ground.watch.expectGone(/sleep/),
  },
  {
    name: 'an install script that prints 25 MB',
    script: 'yes flood | head -c 25000000; head -c 1000000 /dev/zero | tr "\\0" x; echo',
    expected: built,
    withinMs: 9000,
    afterwards: async () => {
      const { results } = await curlJson('GET', `${shop.url}/builds?limit=1`, { key: shop.owner.key })
      const { text } = await request('GET', `${shop.url}/builds/${results[0].build_id}/logs`, { key: shop.owner.key })
      assert.ok(text.length < LOG_LIMIT_BYTES, `the log has ${text.length} bytes`)
      assert.match(text, /Build succeeded/)
    },
  },
  {
    name: 'an install script that prints what is not text',
    script: 'head -c 20000 /dev/urandom; printf "\\000\\033[2J\\377"; echo',
    expected: built,
  },
  {
    name: 'an install script that writes outside',
    script: lines(
      'for path in / /usr /usr/bin /etc /opt /opt/language /dev /proc /proc/sys/kernel /sys /var /run/../usr /boot /root /srv; do',
      '  if (echo x > $path/evil) 2>/dev/null; then echo FOUND writable $path; fi',
      'done',
      'echo looked',
    ),
    expected: sawNothing,
  },
  {
    name: 'an install script that reads the host',
    script: lines(
      'env | grep -i "canary\\|ALGORIST_HOME\\|ALGORIST_PORT\\|MASTER" && echo FOUND environment',
      'cat /proc/*/environ 2>/dev/null | tr "\\0" "\\n" | grep -i "canary\\|MASTER" && echo FOUND environ',
      'for file in /etc/shadow /root /home/* /var/lib/algorist /opt/source.git /tmp/algorist-conformance-*; do',
      '  [ "$file" = /home/algo ] || ls "$file" 2>/dev/null && echo "$file" | grep -qv "^/home/algo" && [ -r "$file" ] && echo FOUND "$file"',
      'done',
      '[ $(ls /proc | grep -c "^[0-9]") -lt 20 ] || echo FOUND processes',
      'ls /proc/1/root/var/lib 2>/dev/null | grep -q algorist && echo FOUND root',
      'echo looked',
    ),
    expected: sawNothing,
  },
  {
    name: 'an install script that asks for more rights',
    script: lines(
      'for command in "mknod device c 1 3" "chroot /" "mount -t tmpfs none /tmp" "unshare -U true" "unshare -m true" "su -c true" "nsenter -t 1 -m true" "chown 0:0 package.json"; do',
      '  if $command >/dev/null 2>&1 < /dev/null; then echo FOUND $command; fi',
      'done',
      'echo looked',
    ),
    expected: sawNothing,
  },
  {
    name: 'an install script that leaves a daemon',
    script: 'setsid sleep 98767 >/dev/null 2>&1 & echo started',
    expected: built,
    afterwards: () => ground.watch.expectGone(/sleep/),
  },
  {
    name: 'an install script that leaves a FIFO',
    script: 'mkfifo pipe',
    expected: failed(/pipe is not a file, folder or symbolic link\. Remove it\./),
  },
  {
    name: 'an install script that leaves a socket',
    script: `"$npm_node_execpath" -e 'require("net").createServer().listen("socket", () => process.kill(process.pid, "SIGKILL"))'; true`,
    expected: failed(/socket is not a file, folder or symbolic link\. Remove it\./),
  },
  {
    name: 'an install script that leaves a link out',
    script: 'ln -s /etc/passwd src/link',
    expected: failed(/The symbolic link src\/link leads out of the repository, to \/etc\/passwd/),
  },
  {
    name: 'an install script that leaves setuid files',
    script: 'cp /bin/true src/su; chmod 6755 src/su; chmod 777 src',
    files: {
      'src/Evil.js':
        "exports.apply = (input, cb) => cb(null, (require('fs').statSync('/opt/algorithm/src/su').mode & 0o7777).toString(8))\n",
    },
    expected: built,
    afterwards: async () => {
      const answer = await request('POST', `${shop.callUrl}/${lastSha}?output=raw`, { key: shop.owner.key, body: '1' })
      assert.deepEqual(answer, { status: 200, text: '555' })
    },
  },
  {
    name: 'an install script that leaves what is hard to delete',
    script: lines(
      'mkdir -p locked/in && chmod 0 locked',
      'i=0; while [ $i -lt 60 ]; do mkdir $(printf %0100d $i) && cd $(printf %0100d $i); i=$((i+1)); done; true',
    ),
    expected: { status: 0, message: /build (?:successful|FAILED)/ },
  },
  {
    name: 'an install script that starts processes without end',
    script: 'i=0; while [ $i -lt 3000 ]; do sleep 60 & i=$((i+1)); done; echo unlimited',
    expected: failed(/[Cc]annot fork|Resource temporarily unavailable/),
    withinMs: (TIMEOUT_SECONDS + 4) * 1000,
    afterwards: () => ground.watch.expectGone(/sleep/),
  },
]

const WITH_SCRIPT =
  '{"name":"evil","version":"0.0.0","private":true,"scripts":{"preinstall":"sh ./evil.sh"},"dependencies":{"local":"file:./local"}}'
const LOCAL = '{"name":"local","version":"0.0.0"}'
const ECHO = 'exports.apply = (input, cb) => cb(null, input)\n'

let lastSha = ''

async function commitOf({ script, files = {} }: BuildCase): Promise<string> {
  const all = {
    'src/Evil.js': ECHO,
    'package.json': script === undefined ? '{}' : WITH_SCRIPT,
    ...(script === undefined ? {} : { 'evil.sh': `${script}\n`, 'local/package.json': LOCAL }),
    ...files,
  }
  const entries = []
  for (const [path, text] of Object.entries(all)) {
    const [name = '', inner] = path.split('/')
    const entry = { mode: '100644', name: inner ?? name, sha: await forge.blob(text) }
    entries.push(inner === undefined ? entry : { mode: '40000', name, sha: await forge.tree([entry]) })
  }
  return forge.commit(await forge.treeWith(entries))
}

const rows: Row[] = CASES.map((each) => ({
  name: each.name,
  sent: each.script ?? Object.keys(each.files ?? {}).join(' '),
  expected: each.expected,
  withinMs: each.withinMs ?? 8000,
  prepare: async () => {
    lastSha = await commitOf(each)
  },
  send: () => forge.push(`${lastSha}:refs/heads/master`),
  async afterwards() {
    await each.afterwards?.()
    await expectNoBuildFolder()
  },
}))

/** A build's folder goes with the build, whatever was in it; another build of the ground's may just be ending. */
async function expectNoBuildFolder(): Promise<void> {
  const { home } = ground.target
  if (home === null) return
  const folders = () => readdir(join(home, 'runner/builds'))
  await until('the end of all folders of builds', async () => (await folders()).length === 0, { timeoutMs: 20_000 })
}

testTheme({ name: 'builds', rows, open })
