/** Languages of the original platform that no server of ours has, and why; by the names that requests use (runtime.md 3.1). */

interface Elsewhere {
  /** Its names begin so. */
  readonly prefixes: readonly string[]
  readonly reason: string
}

const ELSEWHERE: readonly Elsewhere[] = [
  {
    prefixes: ['python2', 'python-2'],
    reason: 'Python 2 has ended and Debian has no interpreter of it any more. Port the code and use python3',
  },
  {
    prefixes: ['anaconda', 'conda'],
    reason: 'Conda environments are not made here. Use python3 and name the packages in requirements.txt',
  },
  { prefixes: ['csharp', 'dotnet'], reason: 'there is no support for .NET' },
]

/** Why a language or package set of that name is not here; undefined for a name that means nothing. */
export function whyElsewhere(name: string): string | undefined {
  const wanted = name.toLowerCase()
  return ELSEWHERE.find(({ prefixes }) => prefixes.some((prefix) => wanted.startsWith(prefix)))?.reason
}
