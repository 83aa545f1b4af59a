/** A server to be killed: keeps two workers busy with a command that the test can find. Arguments: command, network. */
import { openBench } from './harness.ts'

const [, , command = '', network = 'isolated'] = process.argv
const bench = await openBench()
const call = await bench.algorithm(
  `import subprocess\ndef apply(body, kind): subprocess.run(["/bin/sh", "-c", "setsid ${command} & ${command}"])`,
  { network: network === 'full' ? 'full' : 'isolated' },
)
await Promise.all([call('', { timeLeftMs: 60_000 }), call('', { timeLeftMs: 60_000 })])
