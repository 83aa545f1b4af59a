/** API keys and their permissions (rest-api.md 1.3, 2.6). */
import Type, { type Static } from 'typebox'
import { choice, flag, group, list, maybe, secret, text, time } from '../fields.ts'

const aclExample = ['algo://*', 'algo://demo/*', 'algo://demo/Hello/*']

export const KeyType = choice(['ManagementKey', 'PlatformAdminKey', 'AlgorithmKey'], 'What the key is for')

export const ApiKey = Type.Object({
  username: text('Account that the key acts as', 'jane_doe'),
  key_label: text('Name of the key for people', 'default-key'),
  created_at: time('When it was created'),
  api_key_mask: text('The key with its middle hidden', 'simA…x9Q2'),
  api_key: secret('The key, or its mask for those who may not see it', 'simAbc0123456789defghijkLMNO'),
  key_type: KeyType,
  permissions: maybe(
    group('What the key may do', {
      allow_data: flag('May read data'),
      allow_data_write: flag('May write data'),
      allow_algo: flag('May call algorithms'),
      allow_web_algo: flag('May call algorithms from a browser', false),
      referer_host: maybe(text('Host that calls from a browser must come from', 'www.example.com')),
      allow_algo_management: maybe(flag('May create, change, publish and delete algorithms')),
      algo_acl: list(Type.String(), 'Algorithms the key may call; none when empty', aclExample),
    }),
  ),
  owner_name: maybe(text('Account that owns the key', 'acme')),
  id: maybe(text('Id of the key, to change it by', 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e')),
  expires_at: maybe(time('When it stops working', '2027-01-31T00:00:00.000Z')),
  last_used_at: maybe(time('When it was last used, to the minute')),
  warnings: maybe(
    list(Type.String(), 'What about its permissions has no effect', ['algo://demo/Hello/* has no effect']),
  ),
})
export type ApiKey = Static<typeof ApiKey>

/** The same in requests, where everything that is left out is not allowed. */
export const KeyPermissions = group('What the key may do; all of its kind when left out', {
  allow_data: maybe(flag('May read data')),
  allow_data_write: maybe(flag('May write data')),
  allow_algo: maybe(flag('May call algorithms')),
  allow_web_algo: maybe(flag('May call algorithms from a browser', false)),
  referer_host: maybe(text('Host that calls from a browser must come from', 'www.example.com', { maxLength: 255 })),
  allow_algo_management: maybe(flag('May create, change, publish and delete algorithms')),
  algo_acl: maybe(list(Type.String(), 'Algorithms the key may call; none when empty', aclExample)),
})
export type KeyPermissions = Static<typeof KeyPermissions>
