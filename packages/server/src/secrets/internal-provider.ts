/** The built-in provider: values in the server's own database, each sealed for its row. */
import { randomUUID } from 'node:crypto'
import type { ProviderGround, SecretProvider } from './provider.ts'
import { deleteValue, insertValue, selectValues, updateValue } from './value-queries.ts'

export function createInternalProvider({ db, secretBox }: ProviderGround): SecretProvider {
  async function rowsOf(ids: readonly string[]) {
    const rows = await selectValues(db, ids)
    const missing = ids.find((id) => !rows.some((row) => row.id === id))
    if (missing !== undefined) throw notThere(missing)
    return rows
  }

  return {
    async get(ids) {
      return new Map((await rowsOf(ids)).map(({ id, sealed }) => [id, secretBox.open(sealed, id)]))
    },
    async version(id) {
      const [row] = await rowsOf([id])
      return row?.version ?? ''
    },
    async create(value) {
      const id = randomUUID()
      await insertValue(db, { id, sealed: secretBox.seal(value, id), version: randomUUID() })
      return id
    },
    async update(id, value) {
      const version = randomUUID()
      if (!(await updateValue(db, { id, sealed: secretBox.seal(value, id), version }))) throw notThere(id)
      return version
    },
    delete: (id) => deleteValue(db, id),
  }
}

const notThere = (id: string) => new Error(`There is no value ${id} of a secret`)
