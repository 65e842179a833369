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
  const { size } = await stat(notebook)
  const file = { Body: createReadStream(notebook), ContentLength: size, ContentType: 'application/x-ipynb+json' }
  await s3.putObject({ Bucket, Key: `${name}/${basename(notebook)}`, ...file })
  const Body = logo ? await readFile(logo) : drawnLogo(title)
  await s3.putObject({ Bucket, Key: `${name}/logo.png`, Body, ContentType: 'image/png' })
}
