import { type Clients, clientsFor } from '../../demo/clients.ts'
import { makeRole } from '../../demo/seller-steps.ts'
import type { ServerProcess } from '../../demo/server-process.ts'
import { pushImage } from '../../src/cli/push-image.ts'
import type { PresentEngine } from './engines.ts'

/** An account that is ready to work: clients, a role that may do everything its jobs need, a bucket with data, the image. */
export interface Party extends Clients {
  readonly name: string
  readonly role: string
  readonly bucket: string
  /** URI of the pushed image. */
  readonly image: string
}

/** The trust policy of a role that a service may take. */
export const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  })

/** Makes the account by the command line, and the rest through AWS's clients. `local` is the image as its build named it. */
export async function makeParty(
  server: Pick<ServerProcess, 'url' | 'account'>,
  engine: PresentEngine,
  name: string,
  local: string,
): Promise<Party> {
  const clients = clientsFor(server.url, await server.account(name))
  const policies = ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess', 'AmazonEC2ContainerRegistryReadOnly']
  const role = await makeRole(clients, 'Worker', 'sagemaker.amazonaws.com', policies)
  const bucket = `${name}-data`
  await clients.s3.createBucket({ Bucket: bucket })
  const put = (Key: string, Body: string) => clients.s3.putObject({ Bucket: bucket, Key, Body })
  await Promise.all([
    put('in/rows.csv', 'one\ntwo\nthree\n'),
    put('mixed/good.csv', 'one\ntwo\nthree\n'),
    put('mixed/poisoned.csv', 'one\ntwo\nPOISON\nfour\n'),
  ])
  const { repository } = await clients.ecr.createRepository({ repositoryName: 'probe' })
  const image = await pushImage(engine, local, repository?.repositoryUri as string, clients)
  return { ...clients, name, role, bucket, image }
}
