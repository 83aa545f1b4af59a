/** Collections of hosted data and what is in them, made through the API. */
import type { Account } from './accounts.ts'
import type { Target } from './server.ts'

/** Puts that are on their way at once. */
const PARALLEL = 16

/**
 * Creates a collection with the files `00000.txt`, `00001.txt`, … each with its own name as its content.
 *
 * @throws Error when the server answers anything but 200
 */
export async function fillCollection(
  target: Pick<Target, 'url'>,
  { username, key }: Account,
  { name, size }: { name: string; size: number },
): Promise<void> {
  const folder = `${target.url}/v1/data/${username}`
  await expectOk(folder, { method: 'POST', body: JSON.stringify({ name }), headers: { Authorization: key } })
  const names = Array.from({ length: size }, (_, index) => `${String(index).padStart(5, '0')}.txt`)
  const putTheRest = async (): Promise<void> => {
    for (let file = names.pop(); file !== undefined; file = names.pop()) {
      await expectOk(`${folder}/${name}/${file}`, { method: 'PUT', body: file, headers: { Authorization: key } })
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, putTheRest))
}

async function expectOk(url: string, init: RequestInit): Promise<void> {
  const reply = await fetch(url, init)
  const text = await reply.text()
  if (reply.status !== 200) throw new Error(`${init.method} ${url}: ${reply.status} ${text}`)
}
