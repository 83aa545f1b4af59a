/** The settings of tokens of an identity provider: a part of the table in settings.ts. */
import { optional } from './setting-kinds.ts'

const SECTION = 'Tokens of an identity provider'
const CLAIM = 'the name of a claim'

export const TOKEN_SETTINGS = {
  jwtKeySetUrl: optional('none', 'an https address, or an http one of this machine', parseKeySetUrl, {
    name: 'ALGORIST_JWT_JWKS_URL',
    section: SECTION,
    meaning:
      'Where the identity provider publishes its keys (JWKS). With it, ALGORIST_JWT_ISSUER and ALGORIST_JWT_AUDIENCE, ' +
      'people sign in with RS256 tokens. An address that is not public also has to be in ALGORIST_EGRESS_ALLOW.',
  }),
  jwtIssuer: optional('none', 'a text', parseText, {
    name: 'ALGORIST_JWT_ISSUER',
    section: SECTION,
    meaning: 'What `iss` of a token has to be, letter by letter.',
  }),
  jwtAudience: optional('none', 'a text', parseText, {
    name: 'ALGORIST_JWT_AUDIENCE',
    section: SECTION,
    meaning: 'What `aud` of a token has to be, or to hold. Tokens that were made for other services do not count.',
  }),
  jwtUsernameClaim: optional('`sub`', CLAIM, parseText, {
    name: 'ALGORIST_JWT_USERNAME_CLAIM',
    section: SECTION,
    meaning: 'Claim that says who somebody is. Choose one that never passes from one person to another.',
  }),
  jwtEmailClaim: optional('none', CLAIM, parseText, {
    name: 'ALGORIST_JWT_EMAIL_CLAIM',
    section: SECTION,
    meaning: 'Claim with the e-mail address of accounts that a first token creates.',
  }),
  jwtGroupsClaim: optional('none', CLAIM, parseText, {
    name: 'ALGORIST_JWT_GROUPS_CLAIM',
    section: SECTION,
    meaning:
      'Claim with the groups of a person, a text or a list. With it tokens give and take roles in organizations, and ' +
      'a token without the claim is refused.',
  }),
  jwtAdminGroup: optional('none', 'the name of a group', parseText, {
    name: 'ALGORIST_JWT_ADMIN_GROUP',
    section: SECTION,
    meaning: 'Group whose members administer the server with their tokens. Needs ALGORIST_JWT_GROUPS_CLAIM.',
  }),
} as const

/** How tokens are judged and read; names of claims and groups are null where nobody asks for them. */
export interface TokenSettings {
  readonly keySetUrl: string
  readonly issuer: string
  readonly audience: string
  readonly usernameClaim: string
  readonly emailClaim: string | null
  readonly groupsClaim: string | null
  readonly adminGroup: string | null
}

type Values = { readonly [name in keyof typeof TOKEN_SETTINGS]: string | null }

/** What is said when only a part of what belongs together is set. */
export function tokenConflicts(values: Values): string[] {
  const problems: string[] = []
  const needed = [values.jwtKeySetUrl, values.jwtIssuer, values.jwtAudience]
  const others = [values.jwtUsernameClaim, values.jwtEmailClaim, values.jwtGroupsClaim, values.jwtAdminGroup]
  const isSet = (value: string | null) => value !== null
  if ([...needed, ...others].some(isSet) && !needed.every(isSet)) {
    problems.push(
      'ALGORIST_JWT_JWKS_URL, ALGORIST_JWT_ISSUER and ALGORIST_JWT_AUDIENCE: expected all three, since ALGORIST_JWT_ ' +
        'settings are given',
    )
  }
  if (values.jwtAdminGroup !== null && values.jwtGroupsClaim === null) {
    problems.push('ALGORIST_JWT_ADMIN_GROUP: expected ALGORIST_JWT_GROUPS_CLAIM as well, which says where groups are')
  }
  return problems
}

/** Null: no tokens are accepted. */
export function tokenSettings(values: Values): TokenSettings | null {
  const { jwtKeySetUrl: keySetUrl, jwtIssuer: issuer, jwtAudience: audience } = values
  if (keySetUrl === null || issuer === null || audience === null) return null
  return {
    keySetUrl,
    issuer,
    audience,
    usernameClaim: values.jwtUsernameClaim ?? 'sub',
    emailClaim: values.jwtEmailClaim,
    groupsClaim: values.jwtGroupsClaim,
    adminGroup: values.jwtAdminGroup,
  }
}

/** Whoever can change the keys on their way can sign in as anybody, so they come over TLS or from this machine. */
function parseKeySetUrl(given: string): string | undefined {
  const url = URL.parse(given)
  if (url === null || `${url.username}${url.password}` !== '') return undefined
  const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere) ? url.href : undefined
}

function parseText(given: string): string | undefined {
  return given.trim() === given ? given : undefined
}
