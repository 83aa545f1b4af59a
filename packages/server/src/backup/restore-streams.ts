/** Puts the streams of a backup where they belong, one after the other as they come. */
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BackupError, type Part, partPath, streamOf } from './format.ts'
import type { NamedRepository } from './named-things.ts'
import { extract } from './programs.ts'
import type { RestoreDatabase } from './restore-database.ts'
import type { RestoreFolder } from './restore-folder.ts'
import { createLineReader } from './table-lines.ts'

export interface Streams {
  take(part: Part): Promise<void>
  /** The last stream is whole. */
  end(): Promise<void>
  /** Ends what is being written. */
  abandon(): Promise<void>
  /** Those that were restored, with their owners. */
  repositories(): readonly NamedRepository[]
}

interface StreamWriter {
  write(bytes: Buffer): Promise<void>
  end(): Promise<void>
  abandon(): Promise<void>
}

interface StreamsOptions {
  readonly folder: Pick<RestoreFolder, 'repositories' | 'artifacts' | 'data'>
  readonly database: RestoreDatabase
  readonly report: (line: string) => void
}

/** A name that can be one file name and nothing else; `..` is none. */
const NAME = '([A-Za-z0-9][A-Za-z0-9_.-]{0,127})'

export function createStreams({ folder, database, report }: StreamsOptions): Streams {
  const owners = createOwners()
  const restored: string[] = []
  let current: { readonly name: string; readonly writer: StreamWriter; parts: number } | undefined
  let kind = ''

  async function end(): Promise<void> {
    await current?.writer.end()
    current = undefined
  }

  async function open(name: string): Promise<StreamWriter> {
    const [first = ''] = name.split('/')
    if (kind !== first) report(`restoring ${first}`)
    kind = first
    const [, table] = match(name, `database/${NAME}\\.jsonl`)
    if (table !== undefined) return tableWriter(table)
    const [, algorithmId] = match(name, `git/${NAME}\\.tar`)
    if (algorithmId !== undefined) {
      restored.push(algorithmId)
      return treeWriter(join(folder.repositories, `${algorithmId}.git`), 0o700)
    }
    const [, artifact] = match(name, `artifacts/${NAME}\\.tar`)
    if (artifact !== undefined) return treeWriter(join(folder.artifacts, artifact), 0o755)
    const [, shard, object] = match(name, `data/${NAME}/${NAME}`)
    if (shard !== undefined && object !== undefined) return fileWriter(join(folder.data, shard, object))
    if (name === 'keys.json') return NOWHERE
    throw new BackupError(`The backup holds something unknown: ${name}`)
  }

  function tableWriter(table: string): StreamWriter {
    const lines = createLineReader()
    return {
      async write(bytes) {
        const read = lines.push(bytes)
        if (!read) return
        if (read.head.table !== table) throw new BackupError(`The backup holds ${read.head.table} as ${table}`)
        owners.note(read)
        await database.load(read.head, read.rows)
      },
      end: async () => lines.end(),
      abandon: async () => {},
    }
  }

  return {
    async take({ path, bytes }) {
      const name = streamOf(path)
      if (current?.name !== name) {
        await end()
        current = { name, writer: await open(name), parts: 0 }
      }
      if (path !== partPath(name, ++current.parts)) throw new BackupError(`The backup holds ${path} out of order`)
      await current.writer.write(bytes)
    },
    end,
    abandon: async () => current?.writer.abandon(),
    repositories: () => restored.map((algorithmId) => ({ algorithmId, hostUid: owners.hostUidOf(algorithmId) })),
  }
}

const NOWHERE: StreamWriter = { write: async () => {}, end: async () => {}, abandon: async () => {} }

function match(name: string, pattern: string): readonly (string | undefined)[] {
  return new RegExp(`^${pattern}$`).exec(name) ?? []
}

async function treeWriter(path: string, mode: number): Promise<StreamWriter> {
  await mkdir(path, { mode })
  return extract(path)
}

async function fileWriter(path: string): Promise<StreamWriter> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file: FileHandle = await open(path, 'wx', 0o600)
  return {
    write: (bytes) => file.writeFile(bytes),
    end: () => file.close(),
    abandon: () => file.close().catch(() => {}),
  }
}

/** Whose each algorithm is, heard from the rows as they pass. */
function createOwners() {
  const uids = new Map<unknown, number>()
  const owners = new Map<unknown, unknown>()
  return {
    note({ head, rows }: NonNullable<ReturnType<ReturnType<typeof createLineReader>['push']>>): void {
      const at = (column: string) => head.columns.indexOf(column)
      if (head.table === 'accounts') for (const row of rows) uids.set(row[at('id')], Number(row[at('host_uid')]))
      if (head.table === 'algorithms') for (const row of rows) owners.set(row[at('id')], row[at('owner_id')])
    },
    hostUidOf: (algorithmId: string) => uids.get(owners.get(algorithmId)),
  }
}
