/** Builds and the state of pushed images (rest-api.md 2.2, 2.7). */
import Type, { type Static } from 'typebox'
import { always, choice, commitSha, group, maybe, text, time, uuid } from '../fields.ts'

const pushStatusMembers = {
  status: text('How far the push is', 'succeeded'),
  updated_at: time('When that changed'),
  status_message: maybe(text('More about it', 'pushed')),
  registry_id: maybe(uuid('Registry that was pushed to')),
}

export const ImagePushStatus = Type.Object(pushStatusMembers)
export type ImagePushStatus = Static<typeof ImagePushStatus>

export const Build = Type.Object(
  {
    build_id: uuid('Id of the build'),
    status: choice(['in-progress', 'succeeded', 'failed'], 'How far the build is'),
    commit_sha: commitSha('Commit that is built'),
    started_at: time('When it started'),
    finished_at: maybe(time('When it ended')),
    version_info: maybe(
      group('Present once the build is published', {
        semantic_version: text('Version it was published as', '0.1.0'),
      }),
    ),
    registry_status: maybe(group('State of its image in an outside registry', pushStatusMembers)),
    resource_type: always('algorithm_build'),
  },
  { description: 'The build behind this version' },
)
export type Build = Static<typeof Build>
