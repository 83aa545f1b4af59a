import { http } from '@google-cloud/functions-framework'
import { apply } from './work.mjs'

http('answer', (request, response) => response.json({ result: apply(request.body) }))
