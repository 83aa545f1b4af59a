/**
 * The Python client from PyPI, unmodified, both generations: the last 2.x and the last 1.x. The cases are in
 * python/cases_*.py and speak through the package's own classes.
 */
import { join } from 'node:path'
import type { Client } from './lib/cases.ts'
import { installPythonClient, PYTHON_RELEASES } from './lib/python-client.ts'

const CASES = join(import.meta.dirname, 'python/main.py')

export const PYTHON_CLIENTS: readonly Client[] = PYTHON_RELEASES.map((release) => ({
  name: `algorithmia ${release} for Python`,
  async prepare(environment) {
    const library = await installPythonClient(release)
    const env = { ...environment, PYTHONPATH: library, PYTHONDONTWRITEBYTECODE: '1', CASES_RELEASE: release }
    return { command: 'python3', args: [CASES], env }
  },
}))
