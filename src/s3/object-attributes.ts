import { checksumMembers } from './checksum.ts'
import { unlocked } from './customer-key.ts'
import { type ObjectVersion, requireVersion } from './object-version.ts'
import type { In, Op, Out, S3Context } from './s3-operation.ts'

type Asked = In<'GetObjectAttributes'>['ObjectAttributes'][number]

export const getObjectAttributes: Op<'GetObjectAttributes'> = async (input, ctx) => {
  const version = unlocked(await requireVersion(ctx, input), input)
  const asked = (attribute: Asked) => input.ObjectAttributes.includes(attribute)
  return {
    LastModified: new Date(version.modified),
    VersionId: version.shownId,
    ...(asked('ETag') && { ETag: version.etag }),
    ...(asked('Checksum') && version.checksum && { Checksum: checksumMembers(version.checksum) }),
    ...(asked('ObjectParts') && version.parts > 0 && { ObjectParts: await describeParts(input, ctx, version) }),
    ...(asked('StorageClass') && { StorageClass: 'STANDARD' }),
    ...(asked('ObjectSize') && { ObjectSize: version.size }),
  }
}

async function describeParts(
  input: In<'GetObjectAttributes'>,
  ctx: S3Context,
  version: ObjectVersion,
): Promise<Out<'GetObjectAttributes'>['ObjectParts']> {
  const limit = Math.min(input.MaxParts ?? 1000, 1000)
  const marker = Number(input.PartNumberMarker ?? 0)
  const rows = await ctx.store.db
    .selectFrom('s3_part')
    .select(['number', 'size', 'checksum'])
    .where('content', '=', version.content)
    .where('number', '>', marker)
    .orderBy('number')
    .limit(limit + 1)
    .execute()
  const shown = rows.slice(0, limit)
  const algorithm = version.checksum?.algorithm
  return {
    TotalPartsCount: version.parts,
    PartNumberMarker: marker as never,
    NextPartNumberMarker: (shown.at(-1)?.number ?? marker) as never,
    MaxParts: limit,
    IsTruncated: rows.length > limit,
    Parts: shown.map(part => ({
      PartNumber: part.number,
      Size: part.size,
      ...(algorithm && { [`Checksum${algorithm}`]: part.checksum }),
    })),
  }
}
