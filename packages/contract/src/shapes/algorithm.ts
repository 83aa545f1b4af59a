/** The algorithm object (rest-api.md 2.1) and what requests may set of it. Absent means unknown; never null. */
import Type, { type Static } from 'typebox'
import { always, choice, commitSha, decimal, flag, group, maybe, text, uuid, whole } from '../fields.ts'
import { Build } from './build.ts'
import { Scm } from './scm.ts'

export const Callability = choice(['private', 'public'], 'Who may call the version: its owner or everybody')
export const Visibility = choice(['closed', 'open'], 'Who may see the source: its owner or everybody')
export const NetworkAccess = choice(['full', 'isolated'], 'Whether the algorithm may reach the internet')
const MachineType = choice(['cpu', 'gpu'], 'Kind of machine it runs on')

const label = text('Name for people', 'Hello')
const summary = text('What it does, in Markdown', 'Greets whoever calls.')
const tagline = text('What it does, in one line', 'A friendly greeting')
const language = text('Language of the environment', 'python3')
const packageSet = text('Package set it runs in', 'base-2021')
const environmentId = uuid('Environment it runs in')
const license = text('License of the source: apl, apache2, gpl3 or mit', 'apl')
const royalty = whole('Price of a call for others', 0)
const pipeline = flag('May call other algorithms')
const insights = flag('Records what the algorithm reports about itself', false)

/** An addition of ours: less than the operator allows a worker; absent means all of it. */
const WorkerLimits = group('What one worker may use; less than the server allows, which is the default', {
  memory_mib: maybe(whole('Memory in MiB', 512, { minimum: 32 })),
  cpus: maybe(decimal('Processor cores', 0.5, { minimum: 0.05 })),
  processes: maybe(whole('Processes and threads', 64, { minimum: 16 })),
  tmp_mib: maybe(whole('Size of /tmp in MiB', 64, { minimum: 1 })),
})
/** Another addition of ours. */
const keepCallContent = flag('False: the call log keeps neither input nor output nor messages of calls', false)
/** And another. */
const warmWorkers = whole(
  'Workers of the newest version that are ready before anybody calls, for the owner’s own calls',
  1,
  {
    minimum: 0,
    maximum: 1000,
  },
)
const releaseNotes = text('What changed', 'Greets in more languages')
const sampleInput = text('Input to try it with, as JSON text', '"HAL 9000"')
const sampleOutput = text('What the sample input gave', '"Hello HAL 9000"')

export const Algorithm = Type.Object({
  id: uuid('Id of the algorithm; it can be called by it'),
  name: text('Name of the algorithm', 'Hello'),
  details: maybe(group('For people', { label, summary: maybe(summary), tagline: maybe(tagline) })),
  settings: maybe(
    group('How it runs and who may use it', {
      algorithm_callability: maybe(Callability),
      source_visibility: maybe(Visibility),
      language: maybe(language),
      environment: maybe(MachineType),
      package_set: maybe(packageSet),
      algorithm_environment: maybe(environmentId),
      license: maybe(license),
      royalty_microcredits: maybe(royalty),
      network_access: maybe(NetworkAccess),
      pipeline_enabled: maybe(pipeline),
      insights_enabled: maybe(insights),
      limits: maybe(WorkerLimits),
      keep_call_content: maybe(keepCallContent),
      warm_workers: maybe(warmWorkers),
    }),
  ),
  version_info: maybe(
    group('The version shown; without `semantic_version` it is an unpublished build', {
      semantic_version: maybe(text('Version number', '0.1.0')),
      git_hash: maybe(commitSha('Commit it was built from')),
      version_uuid: maybe(uuid('Id of the version')),
      release_notes: maybe(releaseNotes),
      sample_input: maybe(sampleInput),
      sample_output: maybe(sampleOutput),
      insights_enabled: maybe(insights),
    }),
  ),
  build: maybe(Build),
  source: maybe(
    group('Where the source is', {
      scm: maybe(Scm),
      repository_name: maybe(text('Name of the repository at an outside host', 'hello')),
      repository_owner: maybe(text('Owner of the repository at an outside host', 'janedoe')),
      repository_https_url: maybe(text('Address for git over HTTPS', 'https://github.com/janedoe/hello.git')),
      repository_ssh_url: maybe(text('Address for git over SSH', 'git@github.com:janedoe/hello.git')),
    }),
  ),
  compilation: maybe(
    group('Outcome of the build', {
      successful: flag('Whether it can be called'),
      output: maybe(text('Text for people', 'Beginning container customization')),
    }),
  ),
  self_link: maybe(
    text(
      'Address of this version',
      'https://api.example.com/v1/algorithms/demo/Hello/versions/9d2f1c5b7a3e4d6f8091a2b3c4d5e6f708192a3b',
    ),
  ),
  resource_type: always('algorithm'),
})
export type Algorithm = Static<typeof Algorithm>

/** Row of the lists of algorithms. */
export const AlgorithmRow = Type.Object({
  id: uuid('Id of the algorithm'),
  algoname: text('Name of the algorithm', 'Hello'),
  username: text('Its owner', 'demo'),
})
export type AlgorithmRow = Static<typeof AlgorithmRow>

/** Forgiving: client suites leave most of it out (rest-api.md 3.2), so the server has a default for each. */
export const DetailsRequest = group('For people', {
  label: maybe(text('Name for people; the algorithm name when left out', 'Hello')),
  summary: maybe(summary),
  tagline: maybe(tagline),
})

export const SettingsRequest = group('How it runs and who may use it', {
  algorithm_callability: maybe(Callability),
  source_visibility: maybe(Visibility),
  language: maybe(language),
  environment: maybe(MachineType),
  package_set: maybe(packageSet),
  algorithm_environment: maybe(text('Id of the environment it runs in', 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e')),
  license: maybe(text('License of the source; an unknown one counts as `apl`', 'apl')),
  licence: maybe(text('The same in another spelling, read when `license` is missing', 'apl')),
  royalty_microcredits: maybe(whole('Price of a call for others', 0, { minimum: 0 })),
  network_access: maybe(NetworkAccess),
  pipeline_enabled: maybe(pipeline),
  insights_enabled: maybe(insights),
  /** Replaces all of the former limits; `{}` takes them away. */
  limits: maybe(WorkerLimits),
  keep_call_content: maybe(keepCallContent),
  /** 0: none, which is the default. */
  warm_workers: maybe(warmWorkers),
})

export const VersionInfoRequest = group('About the version', {
  // In any case of letters (runtime.md 7 C), hence no list of choices.
  version_type: maybe(text('Which part of the number is raised: minor, major or revision (or patch)', 'minor')),
  type: maybe(text('Another name of `version_type`', 'minor')),
  semantic_version: maybe(text('Exact number, higher than the last', '1.4.0')),
  git_hash: maybe(commitSha('Commit whose newest successful build is published')),
  release_notes: maybe(releaseNotes),
  sample_input: maybe(sampleInput),
  sample_output: maybe(sampleOutput),
  insights_enabled: maybe(insights),
})
