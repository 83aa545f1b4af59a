/**
 * Where the documents the project was created from contradict themselves or rest-api.md, and what is done instead.
 * The seeds suite names the entry at each place; the list only shrinks.
 */
export interface Deviation {
  /** What the document shows. */
  readonly shown: string
  /** What is answered. */
  readonly answered: string
  /** The paragraph that decides. */
  readonly because: string
}

export const SEED_DEVIATIONS = {
  flatError: {
    shown: 'a management error is a flat object with id, code and message',
    answered: 'the three are members of "error"; code and message may be repeated beside it, the id never',
    because: 'rest-api.md 1.6 rule 1, 7.3',
  },
  errorType: {
    shown: 'a failed call has message and stacktrace',
    answered: 'it has error_type as well',
    because: 'rest-api.md 4.6',
  },
  unbalancedBrace: {
    shown: 'the printed reply of a failed call has one closing brace too many',
    answered: 'valid JSON',
    because: 'rest-api.md 4.6',
  },
  savedPicture: {
    shown: 'the default reply of a binary result is saved as a picture',
    answered: 'the default reply is the JSON envelope with base64; output=raw gives the picture',
    because: 'rest-api.md 4.5 and 4.8, and the output table of the same document',
  },
  alwaysOk: {
    shown: 'a properly formed request always gets 200',
    answered: 'unknown credentials, algorithms and versions have their own status',
    because: 'rest-api.md 4.7, 7.1',
  },
  clientPrefix: {
    shown: 'an error message begins with "API error: "',
    answered: 'the bare message; the prefix is printed by the old client libraries',
    because: 'rest-api.md 4.6',
  },
  traceForOwners: {
    shown: 'the stack trace is shown to any caller',
    answered: 'only to callers who may see the source, as the text below the example says',
    because: 'rest-api.md 4.6',
  },
} as const satisfies Record<string, Deviation>
