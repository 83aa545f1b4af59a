/** git over HTTP (rest-api.md 3.13, X22). Raw: git's own backend answers; `:repository` is `{algorithm}.git`. */
import Type from 'typebox'
import { choice } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'git'
const errors = ['PathNotFound'] as const
const shared = { tag, replies: { 200: 'bytes' }, errors, raw: true } as const

export const advertiseGitRefs = operation({
  id: 'advertiseGitRefs',
  method: 'GET',
  paths: ['/git/:owner/:repository/info/refs'],
  who: ['key'],
  on: 'source reader',
  summary: 'First step of clone, fetch and push',
  query: Type.Object({ service: choice(['git-upload-pack', 'git-receive-pack'], 'What git wants to do') }),
  ...shared,
})

export const uploadGitPack = operation({
  id: 'uploadGitPack',
  method: 'POST',
  paths: ['/git/:owner/:repository/git-upload-pack'],
  who: ['key'],
  on: 'source reader',
  summary: 'Clone and fetch',
  ...shared,
})

export const receiveGitPack = operation({
  id: 'receiveGitPack',
  method: 'POST',
  paths: ['/git/:owner/:repository/git-receive-pack'],
  who: ['management'],
  on: 'source writer',
  summary: 'Push; a push to the default branch starts a build',
  ...shared,
  errors: [...errors, 'InsufficientStorage'],
})
