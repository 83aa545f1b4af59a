/** HTTP of collections, but for the data routes themselves (data-handler.ts). */
import { setDefaultCollection } from '@algorist/contract/operations/algorithms.ts'
import { listCollections } from '@algorist/contract/operations/data.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as collections from './collections.ts'

export function dataRoutes(app: App, services: Services): void {
  serve(app, listCollections, async ({ caller }) => ({
    result: (await collections.listCollections(services, caller)).map(collectionItem),
  }))
  serve(app, setDefaultCollection, async ({ caller, params: { id = '', collectionId = '' } }) => {
    await collections.setDefaultCollection(services, caller, { id, collectionId })
  })
}

/** The flags are about world, group, user and algorithms (rest-api.md 3.3, row X9); the group is in the world alone. */
function collectionItem({ row, ownerName }: collections.ShownCollection) {
  const { id, name, acl } = row
  return {
    id,
    object_id: `collec-${id}`,
    collection_name: name,
    username: ownerName,
    acl: { read_w: acl === 'public', read_g: acl === 'public', read_u: true, read_a: acl !== 'private' },
    location: `data://${ownerName}/${name}`,
  }
}
