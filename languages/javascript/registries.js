// Prints where npm installs from when nothing else is said. Mirrors come from the environment of builds.
const { execFileSync } = require('node:child_process')
const { join } = require('node:path')

const npm = process.env.ALGORIST_NPM
if (npm) {
  const args = [join(npm, 'bin/npm-cli.js'), 'config', 'get', 'registry', '--globalconfig=/dev/null']
  process.stdout.write(execFileSync(process.execPath, args, { env: { HOME: '/nonexistent' }, encoding: 'utf8' }))
}
