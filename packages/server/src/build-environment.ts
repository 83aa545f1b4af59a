/** What builds see of the server's environment: package mirrors, proxies and CA files, and nothing else. */
import { stat } from 'node:fs/promises'

/** Names that package managers and TLS libraries read, in capitals; also accepted in small letters. */
const DETECTED_NAMES = [
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_TRUSTED_HOST',
  'PIP_CERT',
  'PIP_NO_INDEX',
  'PIP_FIND_LINKS',
  'PIP_DEFAULT_TIMEOUT',
  'PIP_RETRIES',
  'NPM_CONFIG_REGISTRY',
  'NPM_CONFIG_CAFILE',
  'BUNDLE_MIRROR__ALL',
  'RUBYGEMS_MIRROR',
  'CRAN_MIRROR',
  'CRATES_IO_MIRROR',
  'MAVEN_MIRROR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
]

/**
 * The variables of a build.
 *
 * @param chosen entries of ALGORIST_BUILD_ENV, null values to be copied; null for the default, which is detection
 * @param environment the server's own variables
 */
export function buildEnvironment(
  chosen: ReadonlyMap<string, string | null> | null,
  environment: { readonly [name: string]: string | undefined },
): { readonly [name: string]: string } {
  const wanted =
    chosen ??
    new Map(
      Object.keys(environment)
        .filter(isDetected)
        .map((name) => [name, null]),
    )
  const variables: { [name: string]: string } = {}
  for (const [name, value] of wanted) {
    const found = value ?? environment[name]
    if (found !== undefined && found !== '') variables[name] = found
  }
  return variables
}

function isDetected(name: string): boolean {
  const isOneCase = name === name.toUpperCase() || name === name.toLowerCase()
  return isOneCase && DETECTED_NAMES.includes(name.toUpperCase())
}

/** Values of build variables that are files, such as CA bundles: builds must find them at the same place. */
export async function filesNamedIn(environment: { readonly [name: string]: string }): Promise<string[]> {
  const paths = [...new Set(Object.values(environment).filter((value) => value.startsWith('/')))]
  const areFiles = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (found) => found.isFile(),
        () => false,
      ),
    ),
  )
  return paths.filter((_, index) => areFiles[index])
}
