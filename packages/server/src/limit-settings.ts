/** Settings of what author code may use at most: part of the table in settings.ts. Applying them is the runner's. */
import { integer, optional, wholeNumber } from './setting-kinds.ts'

const WORKERS = 'Limits of a worker'
const BUILDS = 'Limits of a build'
const HOST = 'Limits of the machine'

const mebibytes = wholeNumber({ min: 64, max: 16_777_216 })
const processes = { min: 16, max: 1_000_000 }
const halfOfMemory = 'half of the memory, at most 4096'
const allCores = 'all processor cores'
const cores = {
  expected: 'a number of cores from 0.05 to 1024, such as 1.5',
  parse(given: string): number | undefined {
    const value = Number(given)
    return /^\d{1,4}(\.\d{1,2})?$/.test(given) && value >= 0.05 && value <= 1024 ? value : undefined
  },
}

export const LIMIT_SETTINGS = {
  workerMemoryMib: optional(halfOfMemory, mebibytes.expected, mebibytes.parse, {
    name: 'ALGORIST_WORKER_MEMORY_MIB',
    section: WORKERS,
    meaning:
      'Memory of one worker, files in its `/tmp` included; more ends its call with OutOfMemoryError. ' +
      'One worker that goes wild must leave room for the others.',
  }),
  workerCpus: optional(allCores, cores.expected, cores.parse, {
    name: 'ALGORIST_WORKER_CPUS',
    section: WORKERS,
    meaning:
      'Processor cores of one worker. An idle machine is there to be used; lower it where neighbours must not notice.',
  }),
  workerProcesses: integer(1024, processes, {
    name: 'ALGORIST_WORKER_PROCESSES',
    section: WORKERS,
    meaning:
      'Processes and threads of one worker. Numeric libraries start a thread for each core; fork bombs start all they can.',
  }),
  workerOpenFiles: integer(
    4096,
    { min: 64, max: 1_000_000 },
    {
      name: 'ALGORIST_WORKER_OPEN_FILES',
      section: WORKERS,
      meaning: 'Open files of each process of a worker. Far above what programs need, far below what the host has.',
    },
  ),
  workerTmpMib: integer(
    512,
    { min: 1, max: 16_777_216 },
    {
      name: 'ALGORIST_WORKER_TMP_MIB',
      section: WORKERS,
      meaning: 'Size of a worker’s private `/tmp`. It is in memory and gone with the worker.',
    },
  ),

  buildMemoryMib: optional(halfOfMemory, mebibytes.expected, mebibytes.parse, {
    name: 'ALGORIST_BUILD_MEMORY_MIB',
    section: BUILDS,
    meaning: 'Memory of one build. Compilers of native code need gigabytes.',
  }),
  buildCpus: optional(allCores, cores.expected, cores.parse, {
    name: 'ALGORIST_BUILD_CPUS',
    section: BUILDS,
    meaning: 'Processor cores of one build. Lower it where builds must not slow down calls.',
  }),
  buildProcesses: integer(1024, processes, {
    name: 'ALGORIST_BUILD_PROCESSES',
    section: BUILDS,
    meaning: 'Processes and threads of one build. Parallel compilers fit, fork bombs do not.',
  }),
  buildDiskMib: integer(
    16_384,
    { min: 64, max: 16_777_216 },
    {
      name: 'ALGORIST_BUILD_DISK_MIB',
      section: BUILDS,
      meaning:
        'What one build may have on disk while it runs, its temporary files included. The largest library sets fit.',
    },
  ),
  keptPackagesMib: integer(
    8192,
    { min: 0, max: 16_777_216 },
    {
      name: 'ALGORIST_KEPT_PACKAGES_MIB',
      section: BUILDS,
      meaning:
        'Packages that builds have installed and that are kept for the account’s next build with the same ones, of all accounts ' +
        'together. Beyond it the longest unused go. 0: every build installs them anew.',
    },
  ),
  buildLogBytes: integer(
    4_194_304,
    { min: 65_536, max: 1_073_741_824 },
    {
      name: 'ALGORIST_BUILD_LOG_BYTES',
      section: BUILDS,
      meaning:
        'Longest log of a build; of a longer one the beginning and the end are kept. Logs are rows of the database.',
    },
  ),

  memoryLimitPercent: integer(
    95,
    { min: 50, max: 100 },
    {
      name: 'ALGORIST_MEMORY_LIMIT_PERCENT',
      section: HOST,
      meaning:
        'How full the memory may be, of the machine or of the control group that the server is in. Beyond it idle workers ' +
        'end and nothing new starts, before the kernel has to end something.',
    },
  ),
  diskLimitPercent: integer(
    95,
    { min: 50, max: 100 },
    {
      name: 'ALGORIST_DISK_LIMIT_PERCENT',
      section: HOST,
      meaning:
        'How full the disk of the data folder may be. Beyond it builds, pushes, files, new algorithms and calls that are stored ' +
        'for later are refused with 507, until it is two percent below; other calls go on. What is acknowledged needs the rest.',
    },
  ),
} as const
