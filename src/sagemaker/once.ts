import { createHash } from 'node:crypto'
import { ValidationException } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import type { Transaction } from '../store/store.ts'

/**
 * Makes a create idempotent by its client token: the same request again is answered as before, another request with the same token
 * is refused. `prepare` checks and resolves outside of the transaction and returns what is done inside it.
 */
export async function once<Result extends object>(
  operation: string,
  token: string | undefined,
  input: object,
  ctx: Context,
  prepare: () => Promise<(tx: Transaction) => Promise<Result>>,
): Promise<Result> {
  const scope = `${operation} ${ctx.account} ${ctx.region}`
  const hash = createHash('sha256').update(JSON.stringify(input)).digest('hex')
  const earlier = async (tx: Pick<Transaction, 'db'>) => {
    if (!token) return undefined
    const row = await tx.db
      .selectFrom('idempotency')
      .selectAll()
      .where('scope', '=', scope)
      .where('token', '=', token)
      .executeTakeFirst()
    if (row && row.request_hash !== hash)
      throw new ValidationException(`ClientToken ${token} was used before with a different ${operation} request.`)
    return row && (JSON.parse(row.response) as Result)
  }
  const answered = await earlier(ctx.store)
  if (answered) return answered
  const apply = await prepare()
  return ctx.store.transaction(async tx => {
    const meanwhile = await earlier(tx)
    if (meanwhile) return meanwhile
    const result = await apply(tx)
    const row = {
      scope,
      token: token ?? '',
      request_hash: hash,
      response: JSON.stringify(result),
      created: ctx.now().getTime(),
    }
    if (token) await tx.db.insertInto('idempotency').values(row).execute()
    return result
  })
}
