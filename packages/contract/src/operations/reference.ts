/** The API about itself, and the browser client it serves (rest-api.md 3.13). */
import { operation } from '../operation.ts'

const tag = 'Reference'

export const getOpenApi = operation({
  id: 'getOpenApi',
  method: 'GET',
  paths: ['/v1/openapispec'],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Get this API as an OpenAPI document',
  replies: { 200: 'bytes' },
  errors: [],
})

export const getBrowserClient = operation({
  id: 'getBrowserClient',
  method: 'GET',
  paths: ['/v1/clients/js/algorithmia-0.2.1.js'],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Get the client library for web pages',
  replies: { 200: 'bytes' },
  errors: [],
})
