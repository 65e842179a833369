import { hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { S3 } from '@aws-sdk/client-s3'
import type { Product } from './certify-product.ts'
import { drawnLogo } from './drawn-logo.ts'
import type { Links } from './listing-changes.ts'
import type { ListingDocument } from './listing-document.ts'

const bucketOf = (account: string) => `listings-${account}`

/** Where the files of a product stand once they are put there. */
export function linksOf(url: string, account: string, { name }: Product, { notebook }: ListingDocument): Links {
  const folder = `${url}/${bucketOf(account)}/${name}`
  const SampleNotebookUrl = `${folder}/${basename(notebook)}`
  return { LogoUrl: `${folder}/logo.png`, SampleNotebookUrl, RepositoryUrl: folder }
}

/** The files that a listing links to, where anybody may read them. */
export async function putFiles(
  s3: S3,
  account: string,
  { name }: Product,
  { notebook, logo, title }: ListingDocument,
): Promise<void> {
  const Bucket = bucketOf(account)
  await s3.createBucket({ Bucket })
  const closed = { BlockPublicAcls: true, IgnorePublicAcls: true }
  const PublicAccessBlockConfiguration = { ...closed, BlockPublicPolicy: false, RestrictPublicBuckets: false }
  await s3.putPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration })
  const Resource = `arn:aws:s3:::${Bucket}/*`
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource }]
  await s3.putBucketPolicy({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
  const Key = `${name}/${basename(notebook)}`
  // One with its outputs stays until it is executed anew.
  if ((await executedSource(s3, Bucket, Key)) === undefined) await putNotebook(s3, { Bucket, Key }, notebook)
  const Body = logo ? await readFile(logo) : drawnLogo(title)
  await s3.putObject({ Bucket, Key: `${name}/logo.png`, Body, ContentType: 'image/png' })
}

interface Place {
  readonly Bucket: string
  readonly Key: string
}

async function putNotebook(s3: S3, place: Place, path: string, Metadata?: Record<string, string>): Promise<void> {
  const { size } = await stat(path)
  const file = { Body: createReadStream(path), ContentLength: size, ContentType: 'application/x-ipynb+json' }
  await s3.putObject({ ...place, ...file, ...(Metadata && { Metadata }) })
}

const executedSource = (s3: S3, Bucket: string, Key: string): Promise<string | undefined> =>
  s3.headObject({ Bucket, Key }).then(
    ({ Metadata }) => Metadata?.source,
    () => undefined,
  )

/** The notebook that a listing shows with its outputs. */
export interface ExecutedNotebook {
  /** Whether what is shown was executed from what lies in the folder, with the version that it says. */
  isCurrent(): Promise<boolean>
  /** Shows this file instead. */
  show(path: string): Promise<void>
}

export function executedNotebook(
  s3: S3,
  account: string,
  { name }: Product,
  { notebook, version }: ListingDocument,
): ExecutedNotebook {
  const place = { Bucket: bucketOf(account), Key: `${name}/${basename(notebook)}` }
  const source = async () =>
    hash('sha256', Buffer.concat([Buffer.from(`${version.VersionTitle}\0`), await readFile(notebook)]))
  return {
    isCurrent: async () => (await executedSource(s3, place.Bucket, place.Key)) === (await source()),
    show: async path => putNotebook(s3, place, path, { source: await source() }),
  }
}
