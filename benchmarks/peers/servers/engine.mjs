// For Deno and workerd alike.
import { apply } from './work.mjs'

export default {
  async fetch(request) {
    return Response.json({ result: apply(await request.json()) })
  },
}
