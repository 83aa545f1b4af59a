/** HTTP of what only administrators decide: feature flags and reservations. */
import {
  createReservation,
  deleteReservation,
  listFeatures,
  listReservations,
  setFeature,
} from '@algorist/contract/operations/admin.ts'
import { type App, serve } from '../http/serve.ts'
import type { Services } from '../services.ts'
import * as features from './features.ts'
import * as reservations from './reservations.ts'

export function adminRoutes(app: App, services: Services): void {
  serve(app, listFeatures, ({ query }) => features.listFeatures(services, query.username))
  serve(app, setFeature, ({ params, query: { username }, body: { enabled } }) =>
    features.setFeature(services, params.featureName ?? '', { username, enabled }),
  )
  serve(app, listReservations, async () => (await reservations.listReservations(services)).map(showReservation))
  serve(app, createReservation, ({ body }) => reservations.createReservation(services, body))
  serve(app, deleteReservation, ({ params }) => reservations.removeReservation(services, params.reservationId ?? ''))
}

function showReservation({ row, caller, owner, algorithmName }: reservations.Reservation) {
  return {
    reservation_id: row.id,
    billable_to: caller.name,
    billable_to_uuid: caller.id,
    algoname: algorithmName,
    username: owner.name,
    version_type: row.version_type,
    num_slots: row.slots,
    algorithm_id: row.algorithm_id,
    ...(row.version_type === 'HASH' && row.version_identifier !== null ? { version_hash: row.version_identifier } : {}),
  }
}
