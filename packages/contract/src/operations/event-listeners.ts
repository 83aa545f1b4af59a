/** Queues whose messages call algorithms (rest-api.md 3.4, no. 120–124). */
import Type, { type Static } from 'typebox'
import { choice, maybe, secret, text, uuid, whole } from '../fields.ts'
import { operation } from '../operation.ts'
import { PageQuery, paged } from '../shapes/paged.ts'

const tag = 'Event listeners'
const listenersPath = '/v1/users/:username/event-listeners'
const listenerPath = `${listenersPath}/:listenerId` as const
const who = ['key', 'cookie', 'admin'] as const

const short = { maxLength: 255 }
const members = {
  sourceType: choice(['AmazonSQS', 'AzureSB', 'Kafka'], 'Kind of queue'),
  sourceURI: text('Address of the queue', 'https://sqs.us-east-1.amazonaws.com/1234/queue', short),
  algoOwner: text('Owner of the algorithm', 'demo', short),
  algoName: text('Name of the algorithm', 'Hello', short),
  algoVersion: maybe(text('Version to call', '0.1.0', short)),
  algoTimeoutSeconds: maybe(whole('Seconds a call may take, 420 when left out', 420, { minimum: 1 })),
}

export const EventListenerRequest = Type.Object({ ...members, credentials: secret('How to sign in to the queue') })
export type EventListenerRequest = Static<typeof EventListenerRequest>

export const EventListener = Type.Object({
  id: uuid('Id of the listener'),
  ...members,
  listenerOwner: text('Account it calls as', 'jane_doe'),
  credentials: text('The credentials, hidden', '****'),
})
export type EventListener = Static<typeof EventListener>

export const listEventListeners = operation({
  id: 'listEventListeners',
  method: 'GET',
  paths: [listenersPath],
  who,
  on: 'self',
  tag,
  summary: 'List event listeners',
  query: PageQuery,
  replies: { 200: paged(EventListener) },
  errors: ['UserNotFound', 'InvalidLimit', 'InvalidMarker'],
})

export const createEventListener = operation({
  id: 'createEventListener',
  method: 'POST',
  paths: [listenersPath],
  who,
  on: 'self',
  tag,
  summary: 'Call an algorithm for every message of a queue',
  body: EventListenerRequest,
  replies: { 200: EventListener },
  errors: ['UserNotFound', 'InputValidationError'],
})

export const getEventListener = operation({
  id: 'getEventListener',
  method: 'GET',
  paths: [listenerPath],
  who,
  on: 'self',
  tag,
  summary: 'Show an event listener',
  replies: { 200: EventListener },
  errors: ['UserNotFound', 'PathNotFound'],
})

export const updateEventListener = operation({
  id: 'updateEventListener',
  method: 'PUT',
  paths: [listenerPath],
  who,
  on: 'self',
  tag,
  summary: 'Change an event listener',
  body: EventListenerRequest,
  replies: { 200: EventListener },
  errors: ['UserNotFound', 'PathNotFound', 'InputValidationError'],
})

export const deleteEventListener = operation({
  id: 'deleteEventListener',
  method: 'DELETE',
  paths: [listenerPath],
  who,
  on: 'self',
  tag,
  summary: 'Delete an event listener',
  replies: { 200: 'empty' },
  errors: ['UserNotFound', 'PathNotFound'],
})
