import fastify from 'fastify'
import { apply } from './work.mjs'

const server = fastify({ bodyLimit: 8 * 1024 * 1024 })
server.post('/', async (request) => ({ result: apply(request.body) }))
await server.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
