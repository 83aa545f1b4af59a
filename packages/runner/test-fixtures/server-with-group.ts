/** A server with one process in a group of the kind that is its argument; prints its number and ends with standard input. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chooseGroups } from '../src/sandbox/groups/choose.ts'

const kind = process.argv[2] === 'cgroup2' ? 'cgroup2' : 'cgroup1'
const groups = await chooseGroups(kind)
const group = groups.open({ memoryBytes: 64 * 1024 * 1024, cpus: 1, processes: 10 }, 'worker')
const child = spawn('/usr/bin/setpriv', ['--pdeathsig', 'KILL', '/bin/sleep', '60'])
group.add(child.pid ?? 0)
process.stdout.write(`${child.pid}\n`)
process.stdin.resume()
await once(process.stdin, 'end')
child.kill('SIGKILL')
await once(child, 'exit')
group.release()
await groups.close()
