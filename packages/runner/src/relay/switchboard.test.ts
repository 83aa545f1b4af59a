/** The relay that the forks of a version share, with the test in the place of its keeper. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { LANGUAGES } from '../../test-fixtures/fork-attacks.ts'

const BEGIN = `
import os, signal, socket
from algorist_zygote.switchboard import CLOSE, NOBODY, TEMPLATE, Switchboard
keeper, line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
pid = os.fork()
if pid == 0:
    keeper.close()
    signal.alarm(20)
    Switchboard(listener.detach(), line.detach(), -1, -1).run()
line.close()
keeper.settimeout(10)
socket.setdefaulttimeout(10)
def connected():
    client = socket.create_connection(address)
    client.sendall(b"a request")
    assert int(keeper.recv(64)) == client.getsockname()[1]
    return client
`

function run(program: string): string {
  const env = { ...process.env, PYTHONPATH: join(LANGUAGES, 'python3', 'bridge') }
  const { stdout, stderr } = spawnSync('python3', ['-c', BEGIN + program], { env, encoding: 'utf8', timeout: 30_000 })
  return stdout.trim() || stderr
}

test('connections that were made while a version was loaded end before "closed" is said, also one that is asked about', () => {
  const came = run(`
asked = connected()
waiting = socket.create_connection(address)
keeper.send(CLOSE)
keeper.send(TEMPLATE)
print(keeper.recv(64), asked.recv(64), waiting.recv(64))`)
  assert.equal(came, "b'closed' b'' b''")
})

test('later ones are asked about as before, and what is nobody’s is refused', () => {
  const came = run(`
keeper.send(CLOSE)
assert keeper.recv(64) == b"closed"
client = connected()
keeper.send(NOBODY)
try:
    print(client.recv(64))
except ConnectionResetError:
    print(b"")`)
  assert.equal(came, "b''")
})
