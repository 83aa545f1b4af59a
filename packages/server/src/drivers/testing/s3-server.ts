/** s3proxy, an S3 server that keeps its objects in a folder, with one bucket and one pair of credentials. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Prepared, prepareEmulator, startEmulator } from './emulator.ts'

export interface S3Server {
  /** Base address, without TLS. */
  readonly endpoint: string
  /** Any will do: this server does not look at it. */
  readonly region: string
  readonly bucket: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Ends the server and deletes what it kept. */
  stop(): Promise<void>
}

export function prepareS3Server(): Promise<Prepared> {
  return prepareEmulator('s3proxy', [
    ...['mvn', '--quiet', '--batch-mode', '--no-transfer-progress'],
    ...['-DoutputDirectory=library', 'dependency:copy-dependencies'],
  ])
}

/** @param folder of `prepareS3Server` */
export async function startS3Server(folder: string): Promise<S3Server> {
  const home = await mkdtemp(join(tmpdir(), 'algorist-s3-'))
  const bucket = 'test-bucket'
  const credentials = { accessKeyId: 'TESTKEY', secretAccessKey: randomBytes(20).toString('base64') }
  await mkdir(join(home, 'data', bucket), { recursive: true })
  await writeFile(join(home, 's3proxy.conf'), settings(join(home, 'data'), credentials))
  const { url, stop } = await startEmulator({
    // Ends it when this process is killed, too.
    command: 'setpriv',
    args: [
      ...['--pdeathsig=KILL', 'java', '-Xmx256m', '-XX:+UseSerialGC'],
      `-Dlogback.configurationFile=${join(folder, 'logback.xml')}`,
      ...['-cp', `${join(folder, 'library')}/*`, 'org.gaul.s3proxy.Main', '--properties', join(home, 's3proxy.conf')],
    ],
    // The file names of its objects are in this encoding.
    env: { LC_ALL: 'C.UTF-8' },
    announces: /Started .*\{(127\.0\.0\.1:\d+)\}/,
  })
  return {
    endpoint: `http://${url}`,
    region: 'us-east-1',
    bucket,
    credentials,
    async stop() {
      await stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function settings(dataFolder: string, { accessKeyId, secretAccessKey }: S3Server['credentials']): string {
  return [
    's3proxy.endpoint=http://127.0.0.1:0',
    's3proxy.authorization=aws-v4',
    `s3proxy.identity=${accessKeyId}`,
    `s3proxy.credential=${secretAccessKey}`,
    'jclouds.provider=filesystem-nio2',
    `jclouds.filesystem.basedir=${dataFolder}`,
    '',
  ].join('\n')
}
