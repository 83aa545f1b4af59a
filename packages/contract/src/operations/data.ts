/** Files and directories (rest-api.md 3.3, 5). Raw: `:path` may hold slashes, and bodies are bytes. */
import Type from 'typebox'
import { flag, list, maybe, text, time, uuid, whole } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Data'
const paths = ['/v1/connector/:connector/:path', '/v1/data/:path', '/v1/data'] as const
const pathErrors = [
  'DataNotFound',
  'InvalidDataPath',
  'StorageRefused',
  'StorageFailed',
  'StorageTimedOut',
  'ServiceUnavailable',
] as const
// Admin keys open no data.
const readers = ['key', 'algorithm', 'public'] as const
const writers = ['key', 'algorithm'] as const

const acl = Type.Object(
  { read: list(Type.String(), 'Readers: empty for the owner alone', ['algo://.my/*']) },
  { description: 'Who may read it' },
)

export const Directory = Type.Object({
  folders: list(Type.Object({ name: text('Name of the folder', 'cats') }), 'Folders in it'),
  files: list(
    Type.Object({
      filename: text('Name of the file', 'T-800.txt'),
      last_modified: time('When it was last written', '2016-01-06T00:52:34.000Z'),
      size: whole('Size in bytes', 36),
    }),
    'Files in it',
  ),
  marker: maybe(text('Pass it as `marker` for the next page; absent on the last', 'eyJuYW1lIjoiSGVsbG8ifQ')),
  acl: maybe(acl),
})

const Written = Type.Object({ result: text('Address of what was written', 'data://.my/foo/a.txt') })

export const getData = operation({
  id: 'getData',
  method: 'GET',
  paths,
  who: readers,
  on: 'data',
  tag,
  summary: 'Read a file, or list a directory',
  query: Type.Object({
    acl: maybe(flag('Adds who may read a directory')),
    marker: maybe(text('The marker of the page before', 'eyJuYW1lIjoiSGVsbG8ifQ')),
  }),
  replies: { 200: Directory },
  errors: [...pathErrors, 'InvalidMarker', 'PreconditionFailed', 'RangeNotSatisfiable'],
  raw: true,
})

export const headData = operation({
  id: 'headData',
  method: 'HEAD',
  paths,
  who: readers,
  on: 'data',
  tag,
  summary: 'Tell whether a file or directory is there',
  replies: { 200: 'empty' },
  errors: [...pathErrors, 'PreconditionFailed'],
  raw: true,
})

export const putFile = operation({
  id: 'putFile',
  method: 'PUT',
  paths,
  who: writers,
  on: 'data',
  tag,
  summary: 'Write a file; the body is its content',
  replies: { 200: Written },
  errors: [...pathErrors, 'PreconditionFailed', 'PayloadTooLarge', 'RequestTimeout', 'InsufficientStorage'],
  raw: true,
})

export const createDirectory = operation({
  id: 'createDirectory',
  method: 'POST',
  paths,
  who: writers,
  on: 'data',
  tag,
  summary: 'Create a directory',
  body: Type.Object({ name: text('Name of the directory', 'cats'), acl: maybe(acl) }),
  replies: { 200: Written },
  errors: [...pathErrors, 'InputValidationError', 'PayloadTooLarge', 'RequestTimeout', 'InsufficientStorage'],
  raw: true,
})

export const setDirectoryAcl = operation({
  id: 'setDirectoryAcl',
  method: 'PATCH',
  paths,
  who: writers,
  on: 'data',
  tag,
  summary: 'Set who may read a directory',
  body: Type.Object({ acl }),
  replies: { 200: 'empty' },
  errors: [...pathErrors, 'InputValidationError', 'PayloadTooLarge', 'RequestTimeout'],
  raw: true,
})

export const deleteData = operation({
  id: 'deleteData',
  method: 'DELETE',
  paths,
  who: writers,
  on: 'data',
  tag,
  summary: 'Delete a file or a directory',
  query: Type.Object({ force: maybe(flag('Deletes a directory with what is in it')) }),
  replies: {
    200: Type.Object({
      result: Type.Object({ deleted: whole('Number of things deleted', 1) }, { description: 'What was done' }),
    }),
  },
  errors: [...pathErrors, 'DirectoryNotEmpty', 'PreconditionFailed', 'DeletionFailed'],
  raw: true,
})

export const listCollections = operation({
  id: 'listCollections',
  method: 'GET',
  paths: ['/v1/hostedData'],
  who: ['key'],
  on: 'own data',
  tag,
  summary: 'List the collections of the caller',
  replies: {
    200: Type.Object({
      result: list(
        Type.Object({
          id: uuid('Id of the collection'),
          object_id: text('The same with the prefix of older clients', 'collec-f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'),
          collection_name: text('Its name', 'cats'),
          username: text('Its owner', 'jane_doe'),
          acl: Type.Object(
            {
              read_w: flag('The world may read it', false),
              read_g: flag('The group may read it', false),
              read_u: flag('The owner may read it'),
              read_a: flag('Algorithms of the owner may read it'),
            },
            { description: 'Who may read it' },
          ),
          location: text('Its address', 'data://jane_doe/cats'),
        }),
        'The collections',
      ),
    }),
  },
  errors: [],
})
