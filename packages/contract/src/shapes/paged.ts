/** The reply and the query of the paged management lists (rest-api.md 1.8). */
import Type, { type TSchema } from 'typebox'
import { list, maybe, nullable, text, whole } from '../fields.ts'
import { MAX_PAGE_LIMIT } from '../page.ts'

const marker = 'eyJuYW1lIjoiSGVsbG8ifQ'

/** All three members are always there; both links are null on the last page. */
export const paged = <Item extends TSchema>(items: Item) =>
  Type.Object({
    marker: nullable(Type.String(), 'Pass it as `marker` to get the next page; null on the last page', marker),
    next_link: nullable(
      Type.String(),
      'Address of the next page; null on the last page',
      `https://api.example.com/v1/users?limit=50&marker=${marker}`,
    ),
    results: list(items, 'The items of this page'),
  })

export const pageQueryMembers = {
  limit: maybe(whole('Highest number of items on the page', 50, { minimum: 1, maximum: MAX_PAGE_LIMIT })),
  marker: maybe(text('The marker of the page before', marker)),
}

export const PageQuery = Type.Object(pageQueryMembers)
