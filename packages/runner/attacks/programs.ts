/** The attacking repositories: how each language's program gets into a worker, and into its build's own hooks. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Files } from '../test-fixtures/harness.ts'
import type { AttackLanguage } from './attack.ts'

const program = (name: string) => readFileSync(join(import.meta.dirname, 'programs', name), 'utf8')

/** Of a build: the steps, and what came of them. */
export const STEPS_FILE = 'steps.txt'
export const RESULTS_FILE = 'results.txt'

const COMMON: Files = { mark: 'the artifact as it was built\n' }

const NATIVE_SOURCES: Files = { 'attack.c': program('attack.c'), 'bombs.h': program('bombs.h') }

/** Repositories whose algorithm carries out the steps in its input. */
export const RUN_FILES: Readonly<Record<AttackLanguage, Files>> = {
  python3: { ...COMMON, 'src/Algorithm.py': `${program('attack.py')}\n\ndef apply(input):\n    return run(input)\n` },
  javascript: { ...COMMON, 'src/Algorithm.js': program('attack.js') },
  native: {
    ...COMMON,
    ...NATIVE_SOURCES,
    Makefile: 'program: attack.c\n\tgcc -O1 -pthread -I/opt/language -o program attack.c\n',
  },
}

/** What a build backend, an install script, a Makefile runs. */
const attackBy = (command: string) => `${command} /opt/algorithm/${STEPS_FILE} > /opt/algorithm/${RESULTS_FILE}`

/** A PEP 517 backend that attacks first and then makes an empty package, so that the build goes on to its end. */
const BUILD_BACKEND = `import subprocess
import zipfile


def attack():
    subprocess.run(["/bin/sh", "-c", "test -e /opt/algorithm/${RESULTS_FILE} || ${attackBy('python3 /opt/algorithm/attack.py')}"])


def build_wheel(folder, config_settings=None, metadata_directory=None):
    attack()
    name = "local-1.0-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.writestr("local_attack.py", "")
        wheel.writestr("local-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: local\\nVersion: 1.0\\n")
        wheel.writestr("local-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("local-1.0.dist-info/RECORD", "")
    return name
`

const PACKAGE = JSON.stringify({
  name: 'attack',
  version: '1.0.0',
  dependencies: { local: 'file:./local' },
  scripts: { postinstall: `test -e ${RESULTS_FILE} || ${attackBy('node /opt/algorithm/attack.js')}` },
})
const LOCAL_PACKAGE = JSON.stringify({
  name: 'local',
  version: '1.0.0',
  scripts: { install: attackBy('node /opt/algorithm/attack.js') },
})

/**
 * Repositories that carry out `steps` while they are built: in the build backend of a local requirement, in the install
 * script of a local package, in a Makefile.
 */
export function buildFiles(language: AttackLanguage, steps: string, more: Files = {}): Files {
  const common = { ...COMMON, [STEPS_FILE]: steps, ...more }
  if (language === 'python3') {
    return {
      ...common,
      'attack.py': program('attack.py'),
      'src/Algorithm.py': 'def apply(input):\n    return input\n',
      'requirements.txt': './local\n',
      'local/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
      'local/backend.py': BUILD_BACKEND,
    }
  }
  if (language === 'javascript') {
    return {
      ...common,
      'attack.js': program('attack.js'),
      'package.json': PACKAGE,
      'local/package.json': LOCAL_PACKAGE,
    }
  }
  const compile = '\tgcc -O1 -pthread -I/opt/language -o program attack.c\n'
  return { ...common, ...NATIVE_SOURCES, Makefile: `all:\n${compile}\t${attackBy('./program')}\n` }
}
