/** Keeps the README of the default branch's head with the algorithm, for those who gave no summary. */
import type { Services } from '../services.ts'
import { changeAlgorithm } from './records.ts'
import { maxReadmeBytes } from './sanitize.ts'

/** Reads the README of a commit that became the head and stores it when it changed. */
export async function keepReadme(
  services: Pick<Services, 'db' | 'catalog' | 'repositories'>,
  algorithmId: string,
  commitSha: string,
): Promise<void> {
  const entry = services.catalog.byId(algorithmId)
  if (!entry) return
  const file = { commitSha, path: 'README.md', maxSizeBytes: maxReadmeBytes }
  const readme = (await services.repositories.readFile(entry, file))?.toString().replaceAll('\0', '')
  await changeAlgorithm(services, algorithmId, (current) => {
    const { readme: _, ...details } = current.details
    return { ...current, details: readme ? { ...details, readme } : details }
  })
}
