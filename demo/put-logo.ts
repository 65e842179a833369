import { drawnLogo } from '../src/cli/drawn-logo.ts'
import type { Clients } from './clients.ts'

/** Puts a logo, drawn of a name, into a bucket, which is made if it is not there. Resolves with its address. */
export async function putLogo({ s3 }: Pick<Clients, 's3'>, Bucket: string, name: string): Promise<string> {
  const Key = `${name.toLowerCase().replaceAll(' ', '-')}.png`
  await s3.createBucket({ Bucket })
  await s3.putObject({ Bucket, Key, Body: drawnLogo(name), ContentType: 'image/png' })
  const place = await s3.config.endpoint?.()
  if (!place) throw new Error('The S3 client has no endpoint')
  return `${place.protocol}//${place.hostname}:${place.port}/${Bucket}/${Key}`
}
