/** Files and directories of hosted data, by the route that the document has. In this order: later ones use what is there. */
import { uniqueName } from '../../lib/accounts.ts'
import type { Exchange } from './exchange.ts'

const collection = uniqueName('c')
const root = '/v1/connector/data/.my'
const folder = `${root}/${collection}`
const file = `${folder}/a.txt`

const line = (text: string) => () => text

export const DATA_EXCHANGES: readonly Exchange[] = [
  { operation: 'createDirectory', status: 200, line: line(`POST ${root}`), json: () => ({ name: collection }) },
  { operation: 'createDirectory', status: 400, line: line(`POST ${root}`), json: () => ({ name: collection }) },
  { operation: 'createDirectory', status: 401, as: 'nobody', line: line(`POST ${root}`), json: () => ({ name: 'x' }) },
  { operation: 'putFile', status: 200, line: line(`PUT ${file}`), form: { body: 'content' } },
  { operation: 'putFile', status: 401, as: 'nobody', line: line(`PUT ${file}`), form: { body: 'content' } },
  { operation: 'getData', status: 200, line: line(`GET ${folder}?acl=true`) },
  { operation: 'getData', status: 400, line: line(`GET ${folder}?marker=true`) },
  { operation: 'getData', status: 404, line: line(`GET ${root}/nothing`) },
  { operation: 'headData', status: 200, line: line(`HEAD ${file}`) },
  { operation: 'headData', status: 200, line: line(`HEAD ${folder}`) },
  {
    operation: 'setDirectoryAcl',
    status: 200,
    line: line(`PATCH ${folder}`),
    json: () => ({ acl: { read: ['user://*'] } }),
  },
  { operation: 'setDirectoryAcl', status: 400, line: line(`PATCH ${folder}`), json: () => ({}) },
  { operation: 'deleteData', status: 400, line: line(`DELETE ${folder}`) },
  { operation: 'deleteData', status: 200, line: line(`DELETE ${file}`) },
  { operation: 'deleteData', status: 404, line: line(`DELETE ${file}`) },
  { operation: 'deleteData', status: 200, line: line(`DELETE ${folder}?force=true`) },
]
