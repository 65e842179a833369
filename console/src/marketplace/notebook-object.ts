import { GetObjectCommand } from '@aws-sdk/client-s3'
import { s3 } from '../api/s3.ts'

/** The beginning of an object as text, with the reader's own leave. */
export async function readObject(place: { readonly Bucket: string; readonly Key: string }, most: number) {
  const { Body } = await s3('us-east-1').send(new GetObjectCommand({ ...place, Range: `bytes=0-${most - 1}` }))
  return (await Body?.transformToString()) ?? ''
}
