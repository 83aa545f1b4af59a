/** Installs a release of the Python client into a folder of its own, with exact versions of what it depends on. */
import { resolve } from 'node:path'
import { install, prepareTool, requireProgram } from './toolbox.ts'

/** The last of the second and of the first generation; both depend on the same packages. */
export const PYTHON_RELEASES = ['2.0.5', '1.17.0'] as const

const DEPENDENCIES = resolve(import.meta.dirname, '../python/requirements.txt')

/** Answers the folder for `PYTHONPATH`; the `algo` program is `bin/algo` in it. */
export async function installPythonClient(release: (typeof PYTHON_RELEASES)[number]): Promise<string> {
  const madeBy = await requireProgram('python3', ['-m', 'pip', '--version'], 'python3 python3-pip')
  return prepareTool({
    name: `python-${release}`,
    madeFrom: [DEPENDENCIES],
    madeBy,
    install: async (folder) => {
      const what = [`algorithmia==${release}`, '--requirement', DEPENDENCIES]
      const how = ['--quiet', '--no-deps', '--root-user-action=ignore', '--target', folder]
      await install('python3', ['-m', 'pip', 'install', ...how, ...what], folder)
    },
  })
}
