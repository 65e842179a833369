import type { Db } from '../store/database.ts'
import { prepared } from '../store/prepared.ts'
import { quotas } from './quotas.ts'

const gigabyte = 1e9

/** By the service that `storage_usage` counts it for. */
const most = { s3: quotas.s3.storage, ecr: quotas.ecr.storage, sagemaker: quotas.sagemaker.waitingBytes } as const

/** Bytes that an account has stored, and that it may have. */
export interface Storage {
  readonly used: number
  readonly may: number
}

/** With what was set for the account, when something was. */
const storageOf = prepared((db, account: string, service: string, quota: string) =>
  db
    .selectFrom('storage_usage as usage')
    .leftJoin('account_quota as set', join =>
      join
        .onRef('set.account', '=', 'usage.account')
        .onRef('set.service', '=', 'usage.service')
        .on('set.quota', '=', quota),
    )
    .select(['usage.bytes', 'set.value'])
    .where('usage.account', '=', account)
    .where('usage.service', '=', service),
)

/** What an account has stored with a service when that is more than it may, or as much, where nothing was added yet; undefined otherwise. */
export async function storageAbove(
  db: Db,
  account: string,
  service: keyof typeof most,
  is: 'before' | 'after',
): Promise<Storage | undefined> {
  const { code, value } = most[service]
  const [row] = await storageOf(db, account, service, code)
  const [used, may] = [row?.bytes ?? 0, (row?.value ?? value) * gigabyte]
  return used > may || (is === 'before' && used === may) ? { used, may } : undefined
}

/** What is said of it, whatever the service's code for it is. */
export const storageSentence = (what: string, { used, may }: Storage): string =>
  `The account-level service limit '${what}' is ${may} bytes, and there would be ${used}. Delete something, or use AWS Service Quotas to request an increase for this quota (storage).`
