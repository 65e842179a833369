import { storageAbove, storageSentence } from '../quotas/storage-quota.ts'
import type { Db } from '../store/database.ts'
import { s3Error } from './s3-error.ts'

/**
 * Throws AccountProblem when a bucket's account has more stored than it may: asked before a body is read, and again in the transaction that
 * has added it. S3 itself has no quota of bytes; the code is the one that its error responses have for an account that may not go on.
 */
export async function requireStorage(db: Db, account: string, is: 'before' | 'after'): Promise<void> {
  const above = await storageAbove(db, account, 's3', is)
  if (above) throw s3Error('AccountProblem', {}, storageSentence('Storage of objects', above))
}
