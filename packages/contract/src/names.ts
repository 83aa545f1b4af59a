/** What the names and ids of things may look like (rest-api.md 1.9). Says nothing about whether such a thing exists. */

/** Form of a UUID, upper or lower case. It tells an id from a name in paths: names never contain `-` (rest-api.md 1.1). */
export const UUID_PATTERN = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
/** Form of account, algorithm and collection names; lengths differ. */
export const NAME_PATTERN = '[a-zA-Z][a-zA-Z0-9_]*'

const uuid = new RegExp(`^${UUID_PATTERN}$`)
const name = new RegExp(`^${NAME_PATTERN}$`)
const commitSha = /^[0-9a-fA-F]{40}$/

export const ACCOUNT_NAME_MAX_LENGTH = 30
/** The original names 30 but never enforced it (rest-api.md 1.9); this keeps names usable as file names. */
export const ALGORITHM_NAME_MAX_LENGTH = 128
/** More than the documented 30, since client test suites use 35 (rest-api.md 7.12). */
export const COLLECTION_NAME_MAX_LENGTH = 64

const isName = (text: string, maxLength: number): boolean => text.length <= maxLength && name.test(text)

export const isUuid = (text: string): boolean => uuid.test(text)

/** Name of a user or an organization; they share one name space. */
export const isAccountName = (text: string): boolean => isName(text, ACCOUNT_NAME_MAX_LENGTH)

export const isAlgorithmName = (text: string): boolean => isName(text, ALGORITHM_NAME_MAX_LENGTH)

export const isCollectionName = (text: string): boolean => isName(text, COLLECTION_NAME_MAX_LENGTH)

/** A full git commit id; abbreviated ones name nothing (rest-api.md 4.2). */
export const isCommitSha = (text: string): boolean => commitSha.test(text)
