/** Users as replies show them (rest-api.md 2.4). */
import type { User } from '@algorist/contract/shapes/account.ts'
import type { Account } from './accounts.ts'

export function showUser(row: Account, url: string): User {
  return {
    id: row.id,
    username: row.name,
    email: row.email,
    fullname: row.full_name ?? row.name,
    ...(row.company_name === null ? {} : { company_name: row.company_name }),
    ...(row.company_role === null ? {} : { company_role: row.company_role }),
    ...(row.external_id === null ? {} : { external_id: row.external_id }),
    self_link: `${url}/v1/users/${row.name}`,
    resource_type: 'user',
  }
}
