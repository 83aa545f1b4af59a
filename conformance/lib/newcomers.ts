/** The two languages of the life cycle: what a newcomer edits in the template of each, and how a build is broken. */
export interface Newcomer {
  readonly language: string
  /** The file of the template that holds `apply`. */
  sourceFile(name: string): string
  /** Answers `<greeting>, <input>!`, and fails with `no input` on an empty text. */
  greeter(greeting: string): string
  /** Files that make the dependency step fail without a network. */
  readonly brokenFiles: Readonly<Record<string, string>>
  /** Files that repair it. */
  repairedFiles(name: string): Readonly<Record<string, string>>
}

const python: Newcomer = {
  language: 'python3',
  sourceFile: (name) => `src/${name}.py`,
  greeter: (greeting) => `import Algorithmia
from Algorithmia import ADK


def apply(input):
    if input == "":
        raise ValueError("no input")
    return "${greeting}, {}!".format(input)


algorithm = ADK(apply)
algorithm.init("Algorithmia")
`,
  brokenFiles: { 'requirements.txt': 'this line is not a requirement !!\n' },
  repairedFiles: () => ({ 'requirements.txt': 'algorithmia>=1.0.0,<2.0\n' }),
}

const javascript: Newcomer = {
  language: 'javascript',
  sourceFile: (name) => `src/${name}.js`,
  greeter: (greeting) => `exports.apply = (input, cb) => {
  if (input === '') cb(new Error('no input'))
  else cb(null, \`${greeting}, \${input}!\`)
}
`,
  brokenFiles: { 'package.json': '{ this is not JSON\n' },
  repairedFiles: (name) => ({
    'package.json': `${JSON.stringify({ name: name.toLowerCase(), version: '0.0.0', private: true }, null, 2)}\n`,
  }),
}

export const NEWCOMERS: readonly Newcomer[] = [python, javascript]
