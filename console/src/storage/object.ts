import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { useQuery } from '@tanstack/react-query'
import { useRegion } from '../api/region.ts'
import { s3 } from '../api/s3.ts'
import { usePages } from '../kit/use-pages.ts'

/** An object of a folder, or a folder, whose key ends in a slash. */
export interface Entry {
  readonly key: string
  /** Absent of folders. */
  readonly object?: { readonly size: number; readonly modified: Date | undefined; readonly storageClass: string }
}

/** What lies in a folder, a thousand at a time. */
export function useEntries(bucket: string, prefix: string) {
  const [region] = useRegion()
  return usePages<Entry, { items: Entry[]; nextToken: string | undefined }>({
    kind: 'objects',
    filter: JSON.stringify([region, bucket, prefix]),
    async fetch(token) {
      const ask = { Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token, MaxKeys: 1000 }
      const {
        CommonPrefixes = [],
        Contents = [],
        NextContinuationToken,
      } = await s3(region).send(new ListObjectsV2Command(ask))
      const folders = CommonPrefixes.map(({ Prefix = '' }) => ({ key: Prefix }))
      const objects = Contents.filter(({ Key }) => Key !== prefix).map(
        ({ Key = '', Size = 0, LastModified, StorageClass = 'STANDARD' }) => ({
          key: Key,
          object: { size: Size, modified: LastModified, storageClass: StorageClass },
        }),
      )
      return { items: [...folders, ...objects], nextToken: NextContinuationToken }
    },
  })
}

/** So many buckets are offered; an account may have more, whose names one types. */
const mostBuckets = 1000

export function useBuckets() {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['buckets', region, 'choices'],
    queryFn: async () => (await s3(region).send(new ListBucketsCommand({ MaxBuckets: mostBuckets }))).Buckets ?? [],
  })
}

/** Downloads an object by a link that is good for a minute, without reading it into the page. */
export async function download(region: string, Bucket: string, Key: string, VersionId?: string): Promise<void> {
  const name = Key.split('/').at(-1) ?? Key
  const ask = new GetObjectCommand({
    ...{ Bucket, Key, VersionId },
    ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
  })
  const link = document.createElement('a')
  link.href = await getSignedUrl(s3(region), ask, { expiresIn: 60 })
  link.click()
}

/** A folder is an object without content, whose key ends in a slash. */
export const createFolder = (region: string, Bucket: string, Key: string) =>
  s3(region).send(new PutObjectCommand({ Bucket, Key, Body: new Uint8Array() }))

/** Deletes objects, and all that lies in folders; throws the first that the service refused. */
export async function deleteEntries(region: string, Bucket: string, entries: readonly Entry[]): Promise<void> {
  const remove = async (keys: readonly string[]) => {
    if (keys.length === 0) return
    const Delete = { Objects: keys.map(Key => ({ Key })), Quiet: true }
    const { Errors: [refused] = [] } = await s3(region).send(new DeleteObjectsCommand({ Bucket, Delete }))
    if (refused) throw Object.assign(new Error(`${refused.Key}: ${refused.Message}`), { name: refused.Code ?? 'Error' })
  }
  await remove(entries.filter(({ object }) => object).map(({ key }) => key))
  for (const { key } of entries.filter(({ object }) => !object)) {
    let ContinuationToken: string | undefined
    do {
      const page = await s3(region).send(new ListObjectsV2Command({ Bucket, Prefix: key, ContinuationToken }))
      await remove((page.Contents ?? []).map(({ Key = '' }) => Key))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
  }
}
