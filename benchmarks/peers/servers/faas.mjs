import { apply } from './work.mjs'

export const handle = async (_context, body) => ({ result: apply(body) })
