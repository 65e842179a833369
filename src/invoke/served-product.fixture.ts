import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import type { Caller } from '../iam/leave.ts'
import type { WireRoute } from './plane-messages.ts'

/** Signs for whichever account its access key names. */
export const keysOf = (account: string) => ({ accessKeyId: `AKIA${account}`, secretAccessKey: 'secret' })

/** The root of the account that the access key names. */
export function callerOf(accessKeyId: string): Caller {
  const account = accessKeyId.slice(4)
  const principal = { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account } as const
  return { credential: { ...keysOf(account), principal }, identity: undefined }
}

/** An account's endpoint `sold`, whose container answers everything, by a product that is metered. */
export async function servedProduct(account: string): Promise<WireRoute> {
  const container = createServer((_, response) => void response.end('answered'))
  await once(container.listen(0, '127.0.0.1'), 'listening')
  after(() => {
    container.close()
    container.closeAllConnections()
  })
  const addresses = [`http://127.0.0.1:${(container.address() as AddressInfo).port}`]
  const instance = { addresses, hostnames: [undefined], logStream: 'all/i-1' }
  const products = ['arn:aws:sagemaker:us-east-1:865070037744:model-package/sold']
  const variant = { name: 'all', weight: 1, direct: false, instances: [instance], products }
  const arn = `arn:aws:sagemaker:us-east-1:${account}:endpoint/sold`
  return { ...{ arn, account, region: 'us-east-1', name: 'sold' }, variants: [variant] }
}
