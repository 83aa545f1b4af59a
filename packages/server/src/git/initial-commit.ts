/** Writes a first commit as one `git fast-import` stream: one process whatever the number of files. */

export interface TreeFile {
  /** Relative, with `/`. */
  readonly path: string
  readonly content: Buffer
  readonly executable: boolean
}

export type FileTree = readonly TreeFile[]

interface Commit {
  readonly files: FileTree
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
}

/** The stream that creates `branch` with one commit of exactly these files. */
export function importCommand(branch: string, { files, message, author }: Commit): Buffer {
  const seconds = Math.floor(Date.now() / 1000)
  const person = `${withoutMarkup(author.name)} <${withoutMarkup(author.email)}> ${seconds} +0000`
  return Buffer.concat([
    Buffer.from(`commit ${branch}\nauthor ${person}\ncommitter ${person}\n`),
    data(Buffer.from(`${message}\n`)),
    ...files.flatMap(({ path, content, executable }) => [
      Buffer.from(`M ${executable ? '100755' : '100644'} inline ${quotePath(path)}\n`),
      data(content),
    ]),
    Buffer.from('done\n'),
  ])
}

function data(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n')])
}

function quotePath(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

/** Names and addresses must not break out of git's own `name <address>` form. */
function withoutMarkup(text: string): string {
  return text.replace(/[<>\n\0]/g, '').trim()
}
