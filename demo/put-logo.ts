import { drawnLogo } from '../src/cli/drawn-logo.ts'
import type { Clients } from './clients.ts'

/** Puts a logo, drawn of a name, where a listing may link to it. Resolves with its address. */
export async function putLogo({ s3 }: Pick<Clients, 's3'>, Bucket: string, name: string): Promise<string> {
  const Key = 'listed/logo.png'
  await s3.putObject({ Bucket, Key, Body: drawnLogo(name), ContentType: 'image/png' })
  const place = await s3.config.endpoint?.()
  if (!place) throw new Error('The S3 client has no endpoint')
  return `${place.protocol}//${place.hostname}:${place.port}/${Bucket}/${Key}`
}
