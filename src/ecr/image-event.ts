import { announce } from '../store/announcement.ts'
import type { Transaction } from '../store/store.ts'
import type { ImageId } from './ecr-errors.ts'
import { type RepositoryAddress, repositoryArn } from './repository.ts'

/** Amazon ECR User Guide, "Amazon ECR events and EventBridge": an image was pushed or deleted, by one of its tags or without any. */
export async function tellAction(
  tx: Transaction,
  { account, region, name }: RepositoryAddress,
  action: 'PUSH' | 'DELETE',
  { imageDigest, imageTag }: ImageId,
): Promise<void> {
  await announce(tx, {
    ...{ account, region, source: 'aws.ecr', detailType: 'ECR Image Action', resources: [] },
    detail: {
      ...{ result: 'SUCCESS', 'repository-name': name, 'image-digest': imageDigest, 'action-type': action },
      ...(imageTag !== undefined && { 'image-tag': imageTag }),
    },
  })
}

/** How an image's scan has ended: COMPLETE with its findings by severity, or FAILED. */
export async function tellScan(
  tx: Transaction,
  repositoryId: string,
  digest: string,
  { status, counts }: { readonly status: string; readonly counts: Readonly<Record<string, number>> },
): Promise<void> {
  const { db } = tx
  const repository = await db
    .selectFrom('ecr_repository')
    .select(['account', 'region', 'name'])
    .where('id', '=', repositoryId)
    .executeTakeFirst()
  if (!repository) return
  const { account, region, name } = repository
  await announce(tx, {
    ...{ account, region, source: 'aws.ecr', detailType: 'ECR Image Scan', resources: [repositoryArn(repository)] },
    detail: async () => ({
      ...{ 'scan-status': status, 'repository-name': name, 'image-digest': digest },
      'image-tags': await tagsOf(tx, repositoryId, digest),
      'finding-severity-counts': counts,
    }),
  })
}

export async function tagsOf({ db }: Transaction, repository: string, digest: string): Promise<string[]> {
  const rows = await db
    .selectFrom('ecr_tag')
    .select('tag')
    .where('repository', '=', repository)
    .where('digest', '=', digest)
    .orderBy('tag')
    .execute()
  return rows.map(({ tag }) => tag)
}
