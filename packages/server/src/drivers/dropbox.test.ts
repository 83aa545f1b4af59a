import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { createConnectorAgents } from '../http/egress-agents.ts'
import { createEgressGate } from '../http/egress-gate.ts'
import { createStreamingFetch } from '../http/streaming-fetch.ts'
import { createDropboxDriver } from './dropbox.ts'
import { testDriver } from './suite.ts'
import { startDropboxDouble } from './testing/dropbox-double.ts'

const agents = createConnectorAgents(createEgressGate({ allow: createAddressSet(['127.0.0.1']) }))
const fetch = createStreamingFetch(agents)

testDriver(
  'the Dropbox driver',
  async () => {
    const double = await startDropboxDouble()
    const urls = { api: double.url, content: double.url }
    const accessToken = double.issueAccessToken()
    const driver = await createDropboxDriver({ accessToken, fetch, urls, onRefreshed() {} })
    return { driver, close: double.close }
  },
  {
    lacks: {
      'upper and lower case are two names': 'Dropbox does not tell them apart',
      'composed and decomposed characters are two names': 'Dropbox does not tell them apart',
      'a listing has what is directly in the folder, folders first': 'its names differ in case alone, see below',
      'names may have backslashes': 'Dropbox refuses them',
      'names may begin and end with spaces': 'Dropbox refuses names that end with a space',
    },
  },
)
