import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { useQuery } from '@tanstack/react-query'
import { useRegion } from '../api/region.ts'
import { s3 } from '../api/s3.ts'
import { usePages } from '../kit/use-pages.ts'

/** A version of an object, or the mark that it was deleted. */
export interface ObjectVersion {
  readonly key: string
  readonly id: string
  readonly isLatest: boolean
  /** Absent of a mark. */
  readonly size?: number
  readonly modified: Date | undefined
}

interface Place {
  readonly key?: string | undefined
  readonly version?: string | undefined
}

/** Every version below a folder, the newest of each key first. */
export function useVersions(bucket: string, prefix: string) {
  const [region] = useRegion()
  return usePages<ObjectVersion, { items: ObjectVersion[]; nextToken: string | undefined }>({
    kind: 'object-versions',
    filter: JSON.stringify([region, bucket, prefix]),
    async fetch(token) {
      const { key, version } = JSON.parse(token ?? '{}') as Place
      const page = await s3(region).send(
        new ListObjectVersionsCommand({
          ...{ Bucket: bucket, Prefix: prefix, MaxKeys: 100, KeyMarker: key, VersionIdMarker: version },
        }),
      )
      const versions = (page.Versions ?? []).map(({ Size = 0, ...told }) => ({ ...versionOf(told), size: Size }))
      const items = [...versions, ...(page.DeleteMarkers ?? []).map(versionOf)].sort(byKeyAndTime)
      const next: Place = { key: page.NextKeyMarker, version: page.NextVersionIdMarker }
      return { items, nextToken: page.IsTruncated ? JSON.stringify(next) : undefined }
    },
  })
}

interface Told {
  readonly Key?: string | undefined
  readonly VersionId?: string | undefined
  readonly IsLatest?: boolean | undefined
  readonly LastModified?: Date | undefined
}

const versionOf = ({ Key = '', VersionId = '', IsLatest = false, LastModified }: Told): ObjectVersion => ({
  ...{ key: Key, id: VersionId, isLatest: IsLatest, modified: LastModified },
})

const byKeyAndTime = (one: ObjectVersion, other: ObjectVersion): number =>
  one.key < other.key
    ? -1
    : one.key > other.key
      ? 1
      : Number(other.isLatest) - Number(one.isLatest) ||
        (other.modified?.getTime() ?? 0) - (one.modified?.getTime() ?? 0)

/** Deletes a version for good. */
export const deleteVersion = (region: string, Bucket: string, { key: Key, id: VersionId }: ObjectVersion) =>
  s3(region).send(new DeleteObjectCommand({ Bucket, Key, VersionId }))

/** Whether a bucket keeps versions: `Enabled`, `Suspended`, or undefined of one that never did. */
export function useVersioning(bucket: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['versioning', region, bucket],
    queryFn: async () =>
      (await s3(region).send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status ?? 'Disabled',
  })
}

export const setVersioning = (region: string, Bucket: string, Status: 'Enabled' | 'Suspended') =>
  s3(region).send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
