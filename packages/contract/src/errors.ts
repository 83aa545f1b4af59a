/**
 * Every error the API answers with: the 104 numbered errors (rest-api.md 1.7) and, apart from them, those of the raw
 * routes and the HTTP layer, which the numbering does not cover. Also `ApiError`, the one exception that rules throw.
 * How an error looks on the wire is the server's business. docs/errors.md is written from this file.
 */

/** Whose mistake it was: operators are told about `system` faults, users never see their causes. */
export type Fault = 'user' | 'system'

export interface ErrorEntry {
  /** Number in the `code` member of the reply; absent where the API gives none. */
  readonly code?: number
  /** HTTP status. */
  readonly status: number
  /** Said when the thrower has nothing more precise to say. */
  readonly message: string
  readonly fault: Fault
}

interface NumberedEntry extends ErrorEntry {
  readonly code: number
}

const user = (code: number, status: number, message: string): NumberedEntry => ({
  code,
  status,
  message,
  fault: 'user',
})
const system = (code: number, status: number, message: string): NumberedEntry => ({
  code,
  status,
  message,
  fault: 'system',
})

/** The 104 numbered errors, by name, in the order of their codes. */
export const NUMBERED_ERRORS = {
  AlgorithmNotFound: user(1000, 404, 'There is no such algorithm'),
  // Clients compare this text (rest-api.md 1.6, 5.12), on name and UUID routes alike.
  AlgorithmNameDoesNotExist: user(1001, 404, 'No such algorithm'),
  AlgorithmNameHasBeenTaken: user(1002, 400, 'The owner already has an algorithm with this name'),
  PackageSetNotFound: user(1003, 400, 'There is no such package set'),
  PackageSetBuildNotFound: user(1004, 404, 'There is no such build of the package set'),
  PackageNotFound: user(1005, 404, 'There is no such package'),
  ForbiddenPackageSetUpdate: user(1006, 403, 'This package set may not be changed'),
  VersionAlreadyPublished: user(1007, 400, 'The newest build is already published; compile the algorithm first'),
  ScmFailedToCreateRepository: system(1008, 500, 'The source host could not create the repository'),
  AlgorithmIdDoesNotExist: user(1009, 404, 'No such algorithm'),
  AlgorithmBuildNotFound: user(1010, 404, 'The algorithm has no such build'),
  AlgorithmBuildLogsNotFound: user(1011, 404, 'This build has no log yet, or no longer'),
  VersionTagAlreadyExists: user(1012, 409, 'A version already has this tag'),
  VersionTagDoesntExist: user(1013, 404, 'No version has this tag'),
  VersionDoesNotExists: user(1014, 404, 'The algorithm has no such version'),
  ReservedTagName: user(1015, 400, 'This tag name is reserved'),
  TagIsAVersion: user(1016, 400, 'A tag may not look like a version number'),
  AlgorithmVisibilityNotFound: user(1017, 404, 'The visibility of this algorithm is not known'),

  // Exact text (rest-api.md 1.3).
  NotAuthorized: user(2001, 403, 'Caller is not authorized to perform the operation'),
  NotAuthenticated: user(2002, 401, 'Credentials are missing or not known'),
  PackageNameAlreadyExists: user(2011, 409, 'A package already has this name'),
  InvalidBuildStatus: user(2012, 400, 'The build is in a state that does not allow this'),
  MalformedJson: user(2013, 400, 'The request body is not valid JSON'),
  InvalidBuildImage: user(2014, 400, 'The build image cannot be used'),
  InvalidRequest: user(2015, 400, 'The request cannot be understood'),
  MalformedPackageSetContentsJson: user(2016, 400, 'The contents of the package set are not valid JSON'),
  InvalidPackageSetStatus: user(2017, 400, 'The package set is in a state that does not allow this'),
  BadScmConnectionUpdateRequest: user(2018, 400, "The body lacks the member 'owner'"),

  UserNotFound: user(3000, 404, 'There is no such user'),
  MalformedUserJson: user(3001, 400, 'The body does not describe a user'),
  UsernameHasBeenTaken: user(3003, 409, 'This user name is taken'),
  EmailAddressHasBeenTaken: user(3004, 409, 'Another user has this e-mail address'),
  MissingRequiredFields: user(3005, 400, 'A required member is missing'),
  InconsistentUsername: user(3007, 400, 'The user names in the path and in the body differ'),
  UpdatingEmailNotAllowed: user(3008, 400, 'The e-mail address of a user cannot be changed'),
  InvalidSignUpForm: user(3009, 400, 'The sign-up form is not filled in correctly'),
  MalformedPackageCreateJson: user(3010, 400, 'The body does not describe a package'),

  OrganizationNotFound: user(3100, 404, 'There is no such organization'),
  OrganizationAlreadyExists: user(3101, 409, 'This organization name is taken'),
  OrganizationRequiresOwner: user(3102, 400, 'The last owner of an organization cannot be removed'),
  MalformedOrganizationJson: user(3103, 400, 'The body does not describe an organization'),
  CanNotReserveUserForOrganization: system(3104, 500, 'The name of the organization could not be reserved'),
  FaviconSizeLimitExceeded: user(3105, 400, 'The favicon is too large'),
  InvalidFileUpload: user(3106, 400, 'The uploaded file cannot be used'),
  LogoSizeLimitExceeded: user(3107, 400, 'The logo is too large'),
  OrganizationTypeNotFound: user(3108, 404, 'There is no such organization type'),
  OrganizationTypeAlreadyExists: user(3109, 409, 'There is already such an organization type'),
  UnableToDeleteAuthSimple: system(3110, 500, 'The API key could not be deleted'),
  OrganizationHostInformationNotFound: user(3300, 404, 'The organization has no host information'),
  OrganizationHostInformationAlreadyExists: user(3301, 400, 'The organization already has host information'),
  MalformedOrganizationHostInformationJson: user(3302, 400, 'The body does not describe host information'),

  UnknownAlgorithmLanguage: user(4001, 400, 'There is no such language or environment'),
  UnsupportedAlgorithmLanguage: user(4002, 400, 'The language does not support this'),
  MalformedPackageSetJson: user(4003, 400, 'The body does not describe a package set'),
  UnsupportedMachineType: user(4004, 400, 'This machine type is not available'),
  PackageSetNameHasBeenTaken: user(4005, 409, 'A package set already has this name'),
  PackageSetNameDoesNotExist: user(4006, 404, 'No package set has this name'),
  DuplicatePackageSetContents: user(4007, 400, 'The package set names something twice'),
  ScmConnectionNotFound: user(4008, 404, 'You have not connected your account with this source host'),
  ScmConfigurationNotFound: user(4009, 404, 'There is no such source host'),
  UsageDatesMissing: user(4010, 400, 'The parameters start_date and end_date are both needed'),
  SourceNotEditable: user(4011, 400, 'Only code in the built-in repositories can be edited through the API'),
  InternalScmHasNoWebhooks: user(4012, 400, 'The built-in source host takes no webhooks'),
  ScmBadCreatePayloadError: user(4020, 400, 'The body does not describe a source host'),
  ScmBadUpdatePayloadError: user(4021, 400, 'The body does not describe a change of a source host'),
  ScmEnabledError: user(4040, 400, 'Disable the source host before deleting it'),
  ScmDefaultError: user(4041, 400, 'This cannot be done to the default source host'),
  ScmDisabledError: user(4042, 400, 'The source host is disabled'),
  ScmInUseError: user(4043, 400, 'Algorithms still use this source host'),
  ScmConflictError: user(
    4044,
    409,
    'There is already a source host with this id, or this provider, client and address',
  ),
  ScmDisallowedOperationError: user(4045, 400, 'The built-in source host cannot be changed'),
  ScmOAuthUnsupportedError: user(4050, 400, 'An OAuth sign-in cannot be started for this source host'),
  ScmOAuthMissingParamsError: user(4051, 400, 'The OAuth sign-in lacks parameters and cannot be finished'),
  ScmOAuthInvalidAuthorizationCodeError: user(4052, 400, 'The source host did not accept the authorization code'),
  ScmWebhookPayloadMalformedError: user(4070, 400, 'The webhook event cannot be understood'),
  ScmNotAuthorizedError: user(4080, 403, 'The source host refused access with the connected account'),
  ScmNotAuthenticatedError: user(4081, 401, 'Connect your account with this source host first'),
  ScmBadRequestError: user(4082, 400, 'The source host rejected the request'),
  ScmUnknownError: system(4083, 500, 'The source host failed for an unknown reason'),
  ScmConnectionError: system(4084, 500, 'The source host could not be reached'),

  InternalServerError: system(5001, 500, 'Something went wrong on the server'),
  InvalidMarker: user(5002, 400, 'The marker is not one that this server gave out'),
  InvalidLimit: user(5003, 400, 'The limit is outside the allowed range'),
  ConfigEntryNotFound: user(5004, 404, 'There is no such configuration entry'),
  FeatureNotImplemented: user(5005, 501, 'This server does not offer this feature'),

  InputValidationError: user(6001, 400, 'The request does not have the expected form'),
  RequestIdNotFound: user(7000, 404, 'There is no request with this id'),

  MalformedAlgorithmSecretRequestJson: user(8000, 400, 'The body does not describe a secret'),
  SecretMetadataConstraintViolation: user(8001, 400, 'The secret breaks a rule, such as a name used twice'),
  DefaultSecretProviderNotFound: user(8002, 404, 'There is no default secret provider'),
  CreateSecretNotSupported: user(8003, 400, 'The secret provider cannot create secrets'),
  CreateRequiresSecretValue: user(8004, 400, 'A new secret needs a value'),
  CannotModifyInternalSecretProvider: user(8005, 403, 'The built-in secret provider cannot be changed'),
  SecretProviderNotFound: user(8006, 404, 'There is no such secret provider'),
  EditSecretFailed: system(8007, 500, 'The secret could not be changed'),
  SecretNotFound: user(8008, 404, 'The algorithm has no such secret'),
  SecretProviderFailed: system(8009, 500, 'The secret provider failed'),
  UnableToDeleteSecret: system(8010, 500, 'The secret could not be deleted'),
  UnableToSetDefaultSecretProvider: system(8011, 500, 'The default secret provider could not be changed'),
  SecretProviderDisabled: user(8012, 400, 'The secret provider is disabled'),
  UnableToDeleteDefaultSecretProvider: user(8013, 400, 'The default secret provider cannot be deleted'),
  EditSecretNotSupported: user(8014, 400, 'The secret provider cannot change secrets'),
  MissingQueryParameterEventTypes: user(8060, 400, 'The parameter event_types is missing'),
  QueryParameterError: user(8061, 400, 'A query parameter has a value that cannot be used'),
} as const satisfies Record<string, NumberedEntry>

/**
 * Errors of the raw routes (calls, data, git) and of HTTP itself (rest-api.md 4.7, 5.12; rule H19). They are no part of
 * the numbered list; some repeat the number of their management relative, as rest-api.md 1.7 suggests.
 */
export const ROUTE_ERRORS = {
  // Exact text on call routes (rest-api.md 4.7).
  AuthorizationRequired: { code: 2002, status: 401, message: 'authorization required', fault: 'user' },
  // Callers give the message, `algorithm algo://owner/name not found`, themselves.
  AlgorithmCallNotFound: { code: 1001, status: 404, message: 'algorithm not found', fault: 'user' },
  MalformedInput: { status: 400, message: 'The request body is not what its content type says', fault: 'user' },
  MalformedRequest: { status: 400, message: 'The HTTP request cannot be understood', fault: 'user' },
  InvalidDataPath: { status: 400, message: 'This path cannot name a file or directory', fault: 'user' },
  DirectoryNotEmpty: {
    status: 400,
    message: 'directory not empty; delete it with force=true, or delete what is in it first',
    fault: 'user',
  },
  PaymentRequired: { status: 402, message: 'The account has no credits left', fault: 'user' },
  PathNotFound: { status: 404, message: 'There is nothing at this path', fault: 'user' },
  StorageRefused: {
    status: 403,
    message: 'The storage refuses this with the credentials of the connector',
    fault: 'user',
  },
  // Exact text (rest-api.md 5.12).
  DataNotFound: { status: 404, message: 'path not found', fault: 'user' },
  MethodNotAllowed: { status: 405, message: 'This path does not take this method', fault: 'user' },
  RequestTimeout: { status: 408, message: 'The request did not arrive in time', fault: 'user' },
  // The original answers 409 (rest-api.md 3.4, row 118) and numbers no such error.
  ConnectorLabelTaken: {
    code: 6001,
    status: 409,
    message: 'The account already has a connector of this kind with this label',
    fault: 'user',
  },
  AlreadyFinished: { status: 409, message: 'This has ended already', fault: 'user' },
  ResultExpired: { status: 410, message: 'The result of this call is not kept any more', fault: 'user' },
  PreconditionFailed: { status: 412, message: 'The file is not as If-Match or If-None-Match demands', fault: 'user' },
  PayloadTooLarge: { status: 413, message: 'The request body is too large', fault: 'user' },
  UnsupportedMediaType: { status: 415, message: 'This content type is not supported', fault: 'user' },
  RangeNotSatisfiable: { status: 416, message: 'The file does not have these bytes', fault: 'user' },
  IdempotencyKeyReused: {
    status: 422,
    message: 'This Idempotency-Key was sent with a different request before; use a new key for a new request',
    fault: 'user',
  },
  TooManyRequests: { status: 429, message: 'Too many calls at the same time', fault: 'user' },
  HeadersTooLarge: { status: 431, message: 'The request headers are too large', fault: 'user' },
  DeletionFailed: { status: 500, message: 'Not everything could be deleted', fault: 'system' },
  BadGateway: { status: 502, message: 'The runner broke the connection', fault: 'system' },
  StorageFailed: { status: 502, message: 'The storage failed, or answered what it should not', fault: 'system' },
  ServiceUnavailable: { status: 503, message: 'The server cannot take this request now', fault: 'system' },
  GatewayTimeout: { status: 504, message: 'The runner did not answer in time', fault: 'system' },
  StorageTimedOut: { status: 504, message: 'The storage did not answer in time', fault: 'system' },
  InsufficientStorage: { status: 507, message: 'The server is out of disk space', fault: 'system' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorName = keyof typeof NUMBERED_ERRORS | keyof typeof ROUTE_ERRORS

/** Both tables in one, for look-up by name. */
export const ERRORS: Readonly<Record<ErrorName, ErrorEntry>> = { ...NUMBERED_ERRORS, ...ROUTE_ERRORS }

/** True for the name of an entry of {@link ERRORS}. */
export const isErrorName = (text: string): text is ErrorName => Object.hasOwn(ERRORS, text)

export interface ApiErrorOptions {
  /** What really happened; for logs, never for callers. */
  readonly cause?: unknown
  /** Extra reply headers, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Extra members of the error object, such as how many files were deleted (rest-api.md 5.11). */
  readonly members?: Readonly<Record<string, number>>
}

/** The exception of all rules: names an entry of the table and may say more precisely what was wrong. */
export class ApiError extends Error {
  readonly error: ErrorName
  readonly code: number | undefined
  readonly status: number
  readonly fault: Fault
  readonly headers: Readonly<Record<string, string>>
  readonly members: Readonly<Record<string, number>>

  /**
   * @param name entry of the error table
   * @param message replaces the entry's message; an empty one does not, since clients need a text (rest-api.md 1.6)
   */
  constructor(name: ErrorName, message?: string, options: ApiErrorOptions = {}) {
    const entry = ERRORS[name]
    super(message || entry.message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'ApiError'
    this.error = name
    this.code = entry.code
    this.status = entry.status
    this.fault = entry.fault
    this.headers = options.headers ?? {}
    this.members = options.members ?? {}
  }
}
