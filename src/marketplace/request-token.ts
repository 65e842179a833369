import { createHash } from 'node:crypto'
import { ValidationException } from '../ground/errors.ts'
import type { Transaction } from '../store/store.ts'

/** Does `work` once for a client's token: a repeated request gets the first answer, another request with the token is refused. */
export async function onceForToken<Answer>(
  tx: Transaction,
  scope: string,
  token: string | undefined,
  request: unknown,
  now: number,
  work: () => Promise<Answer>,
): Promise<Answer> {
  if (token === undefined) return work()
  const request_hash = createHash('sha256').update(JSON.stringify(request)).digest('hex')
  const known = await tx.db
    .selectFrom('idempotency')
    .select(['request_hash', 'response'])
    .where('scope', '=', scope)
    .where('token', '=', token)
    .executeTakeFirst()
  if (known && known.request_hash !== request_hash)
    throw new ValidationException(`The client token ${token} was used with another request.`)
  if (known) return JSON.parse(known.response)
  const answer = await work()
  const row = { scope, token, request_hash, response: JSON.stringify(answer), created: now }
  await tx.db.insertInto('idempotency').values(row).execute()
  return answer
}
