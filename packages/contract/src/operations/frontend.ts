/** Look of the web pages: icon, logo, configuration entries (rest-api.md 3.9). */
import Type, { type Static } from 'typebox'
import { always, maybe, text, whole } from '../fields.ts'
import { operation } from '../operation.ts'
import { PageQuery, paged } from '../shapes/paged.ts'

const tag = 'Front end'
const entryPath = '/v1/config/frontend/:keyName'

/** The three operations of an image differ only in name, path and size error. */
const showImage = {
  method: 'GET',
  who: ['public'],
  on: 'anything',
  tag,
  replies: { 200: 'bytes', 303: 'empty' },
  errors: [],
} as const
const uploadImage = { method: 'POST', who: ['admin'], on: 'anything', tag, replies: { 201: 'empty' } } as const
const removeImage = {
  method: 'DELETE',
  who: ['admin'],
  on: 'anything',
  tag,
  replies: { 204: 'empty' },
  errors: [],
} as const
const favicon = { paths: ['/v1/config/favicon'] } as const
const logo = { paths: ['/v1/config/logo'] } as const

export const getFavicon = operation({ id: 'getFavicon', summary: 'Show the icon', ...showImage, ...favicon })
export const uploadFavicon = operation({
  id: 'uploadFavicon',
  summary: 'Set the icon, sent as a form with one file',
  errors: ['FaviconSizeLimitExceeded', 'InvalidFileUpload'],
  ...uploadImage,
  ...favicon,
})
export const deleteFavicon = operation({
  id: 'deleteFavicon',
  summary: 'Use the stock icon',
  ...removeImage,
  ...favicon,
})

export const getLogo = operation({ id: 'getLogo', summary: 'Show the logo', ...showImage, ...logo })
export const uploadLogo = operation({
  id: 'uploadLogo',
  summary: 'Set the logo, sent as a form with one file',
  errors: ['LogoSizeLimitExceeded', 'InvalidFileUpload'],
  ...uploadImage,
  ...logo,
})
export const deleteLogo = operation({ id: 'deleteLogo', summary: 'Use the stock logo', ...removeImage, ...logo })

export const FrontendEntry = Type.Object({
  keyname: text('Name of the entry', 'support-email'),
  value: text('Its value', 'help@example.com'),
  created_at: whole('When it was created, in epoch milliseconds', 1627593176442),
  updated_at: whole('When it was last changed, in epoch milliseconds', 1627593176442),
  resource_type: always('frontend_config'),
})
export type FrontendEntry = Static<typeof FrontendEntry>

export const listFrontendEntries = operation({
  id: 'listFrontendEntries',
  method: 'GET',
  paths: ['/v1/config/frontend'],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'List configuration entries',
  query: PageQuery,
  replies: { 200: paged(FrontendEntry) },
  errors: ['InvalidLimit', 'InvalidMarker'],
})

export const getFrontendEntry = operation({
  id: 'getFrontendEntry',
  method: 'GET',
  paths: [entryPath],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Show a configuration entry',
  replies: { 200: FrontendEntry },
  errors: ['ConfigEntryNotFound'],
})

export const setFrontendEntry = operation({
  id: 'setFrontendEntry',
  method: 'PUT',
  paths: [entryPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Set a configuration entry',
  body: Type.Object({
    keyname: maybe(text('Name of the entry; the one in the path when left out', 'support-email', { maxLength: 64 })),
    value: text('Its value', 'help@example.com'),
  }),
  replies: { 200: FrontendEntry },
  errors: ['InputValidationError'],
})

export const deleteFrontendEntry = operation({
  id: 'deleteFrontendEntry',
  method: 'DELETE',
  paths: [entryPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Delete a configuration entry',
  replies: { 204: 'empty' },
  errors: ['ConfigEntryNotFound'],
})
