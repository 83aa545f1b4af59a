'use strict'
// The operations of attack.py for JavaScript. It has no raw system calls; an attacker takes Perl's, so this does.
const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')

const memory = { kept: '' }
const PLACES = ['/tmp/', '/dev/shm/', '/home/algo/', '/var/tmp/', '/run/'].map((folder) => `${folder}remembered`)

const PERL = `
use Errno;
my %names = map { (Errno->can($_)->() => $_) } grep { /^E[A-Z0-9]+$/ } keys %!;
my $last = 0;
while (my $line = <STDIN>) {
  chomp $line;
  my @values = map { /^s:(.*)/s ? "$1" : /^x:(.*)/ ? pack('H*', $1) : /^z:(.*)/ ? "\\0" x $1 : $_ eq '$' ? $last + 0 : $_ + 0 } split /\\t/, $line;
  my $got = syscall($values[0], @values[1 .. $#values]);
  if ($got == -1) { my $n = $! + 0; print "no\\t", $names{$n} // $n, "\\n" } else { $last = $got; print "ok\\t$got\\n" }
  $| = 1;
}`

/** A run of system calls, made by one process so that they can build on each other. */
function syscalls(steps) {
  const input = `${steps.map((step) => step.slice(1).join('\t')).join('\n')}\n`
  const lines = execFileSync('/usr/bin/perl', ['-e', PERL], { input, encoding: 'utf8' }).trim().split('\n')
  return steps.map((_, index) => lines[index] ?? 'no\tended')
}

function attempt(get) {
  try {
    return get()
  } catch {
    return ''
  }
}

function processes() {
  const seen = []
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const name of ['cmdline', 'environ'])
      seen.push(attempt(() => fs.readFileSync(`/proc/${pid}/${name}`, 'latin1')))
    for (const name of ['exe', 'cwd', 'root']) seen.push(attempt(() => fs.readlinkSync(`/proc/${pid}/${name}`)))
    const folder = `/proc/${pid}/fd`
    for (const fd of attempt(() => fs.readdirSync(folder)) || [])
      seen.push(attempt(() => fs.readlinkSync(`${folder}/${fd}`)))
  }
  return seen.filter(Boolean).join(' ')
}

function talk(options, text) {
  return new Promise((resolve, reject) => {
    let got = ''
    const socket = net.connect(options)
    socket.setTimeout(2000, () => socket.destroy(Object.assign(new Error('slow'), { code: 'ETIMEDOUT' })))
    socket.on('error', reject)
    socket.on('data', (bytes) => (got += bytes.toString('latin1')))
    socket.on('close', () => resolve(got))
    socket.on('connect', () => (text === null ? setTimeout(() => socket.destroy(), 50) : socket.end(text)))
  })
}

function writeAll(fd, data) {
  for (let at = 0; at < data.length; ) {
    try {
      at += fs.writeSync(fd, data, at)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

function fill(path, amount) {
  const fd = fs.openSync(path, 'w', 0o600)
  try {
    const block = Buffer.alloc(1 << 20, 'x')
    for (let left = Number(amount); left > 0; left -= block.length)
      if (fs.writeSync(fd, block) === 0) throw new Error('full')
  } finally {
    fs.closeSync(fd)
    fs.unlinkSync(path)
  }
  return 'filled'
}

function children(count) {
  const script = `$SIG{CHLD}='IGNORE'; my @k; END { kill 9, @k if @k }
    for (1 .. ${Number(count)}) { my $p = fork(); if (!defined $p) { print $!{EAGAIN} ? 'EAGAIN' : 'ENOMEM'; exit 0 } if (!$p) { @k = (); sleep 60; exec '/bin/true' } push @k, $p } print 'all'`
  const said = execFileSync('/usr/bin/perl', ['-e', script], { encoding: 'utf8' })
  if (said !== 'all') throw Object.assign(new Error(said), { code: said || 'ended' })
  return count
}

function descriptors(count) {
  const held = []
  try {
    for (let index = 0; index < Number(count); index++) held.push(fs.openSync('/dev/null'))
    return held.length
  } finally {
    for (const fd of held) fs.closeSync(fd)
  }
}

function takeMemory(amount) {
  const held = []
  for (let taken = 0; taken < Number(amount); taken += 1 << 20) held.push(Buffer.alloc(1 << 20, 'x'))
  execFileSync('/bin/sleep', ['2'])
  return held.length
}

function spin(durationMs) {
  const endMs = performance.now() + Number(durationMs)
  while (performance.now() < endMs);
  return 'spun'
}

function later(delayMs, ...step) {
  setTimeout(async () => fs.writeFileSync('/tmp/later', await runStep(step)), Number(delayMs))
  return 'planned'
}

function remember(text) {
  memory.kept = text
  for (const path of PLACES) attempt(() => fs.writeFileSync(path, text))
  return 'kept'
}

function recall() {
  const found = memory.kept + PLACES.map((path) => attempt(() => fs.readFileSync(path, 'utf8'))).join('')
  if (found === '') throw Object.assign(new Error('nothing'), { code: 'ENOENT' })
  return found
}

const OPERATIONS = {
  read(path) {
    const fd = fs.openSync(path)
    try {
      const block = Buffer.alloc(400)
      return block.toString('latin1', 0, fs.readSync(fd, block))
    } finally {
      fs.closeSync(fd)
    }
  },
  write: (path) => fs.appendFileSync(path, 'attack'),
  list: (path) => fs.readdirSync(path).join(' '),
  processes,
  open: () =>
    fs
      .readdirSync('/proc/self/fd')
      .map((fd) => attempt(() => `${fd}=${fs.readlinkSync(`/proc/self/fd/${fd}`)}`))
      .join(' '),
  tcp: (host, port, text) => talk({ host, port: Number(port) }, text),
  unix: (path) => talk({ path: path.replace(/^@/, '\0') }, null),
  api: (text) => talk({ host: '127.0.0.1', port: Number(process.env.ALGORITHMIA_API.split(':').at(-1)) }, text),
  frame(hex, count = '1') {
    for (let index = 0; index < Number(count); index++) writeAll(3, Buffer.from(hex, 'hex'))
    return 'sent'
  },
  shell: (command) => execFileSync('/bin/sh', ['-c', `${command} 2>&1`], { encoding: 'utf8' }),
  detach(command) {
    spawn('/usr/bin/setsid', ['--fork', '/bin/sh', '-c', `trap '' TERM HUP INT; ${command}`], {
      stdio: 'ignore',
    }).unref()
    return 'started'
  },
  memory: takeMemory,
  memfd: (amount) =>
    execFileSync('/usr/bin/perl', [
      '-e',
      `for (1 .. ${Number(amount) >> 26}) {
        my $n = "attack\\0"; my $fd = syscall(${process.arch === 'x64' ? 319 : 279}, $n, 0);
        $fd >= 0 && open($f[$_], '>&=', $fd) or exit 1;
        for my $block (1 .. 64) { defined syswrite($f[$_], 'x' x 1048576) or exit 1 }
      }
      print 'filled'`,
    ]),
  fill,
  inodes(folder, count) {
    for (let index = 0; index < Number(count); index++) fs.closeSync(fs.openSync(`${folder}/attack${index}`, 'w'))
    return count
  },
  forks: children,
  descriptors,
  output(fd, amount) {
    for (let left = Number(amount); left > 0; left -= 65536) writeAll(Number(fd), Buffer.alloc(65536, 'x'))
    return amount
  },
  spin,
  later,
  remember,
  recall,
}

async function runStep([operation, ...args]) {
  let text
  try {
    text = operation === 'syscall' ? syscalls([[operation, ...args]])[0] : `ok\t${await OPERATIONS[operation](...args)}`
  } catch (error) {
    text = `no\t${error.code ?? error.name}`
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what an answer may not contain
  return text.replace(/[\0-\x08\x0a-\x1f]/g, ' ').slice(0, 20000)
}

async function run(lines, say) {
  for (let at = 0; at < lines.length; at++) {
    const steps = []
    while (lines[at]?.startsWith('syscall\t')) steps.push(lines[at++].split('\t'))
    if (steps.length > 0) for (const line of syscalls(steps)) say(line)
    if (at >= lines.length) return
    say(lines[at].startsWith('== ') ? lines[at] : await runStep(lines[at].split('\t')))
  }
}

exports.apply = async (input) => {
  const said = []
  await run(String(input).split('\n').filter(Boolean), (line) => said.push(line))
  return `${said.join('\n')}\n`
}

// In a build: the attacks of a file, each under a line with its name.
if (require.main === module) {
  const lines = fs.readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean)
  run(lines, (line) => fs.writeSync(1, `${line}\n`)).then(() => process.exit(0))
}
