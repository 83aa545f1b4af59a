/** The end of secrets together with what they belong to. */
import type { Services } from '../services.ts'
import { openProvider } from './open-provider.ts'
import { deleteSecretRow, selectSecrets } from './queries.ts'

/** Deletes the secrets of an algorithm or organization as part of a transaction that deletes it. */
export async function deleteSecretsOf(
  transaction: Services['db'],
  { secretBox }: Pick<Services, 'secretBox'>,
  ownerId: string,
): Promise<void> {
  for (const { id, provider_id, value_id } of await selectSecrets(transaction, [ownerId])) {
    await openProvider({ db: transaction, secretBox }, provider_id).delete(value_id)
    await deleteSecretRow(transaction, id)
  }
}
