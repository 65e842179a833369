import type { Kysely } from 'kysely'
import { turns } from '../../ground/turns.ts'
import type { Database } from '../../store/database.ts'
import { type Agreement, agreementOf } from '../agreement/agreement.ts'

const page = 50

/** A place in the order of acceptance. */
export interface AgreementPlace {
  readonly accepted: number
  readonly agreement: string
}

/** A party's agreements in the order of their acceptance, from a place on and that one included, a page at a time; others get their turn in between. */
export async function* agreementPages(
  db: Kysely<Database>,
  party: 'acceptor' | 'proposer',
  account: string,
  from: AgreementPlace = { accepted: 0, agreement: '' },
): AsyncGenerator<readonly Agreement[]> {
  let { accepted, agreement: id } = from
  for (let operator: '>' | '>=' = '>='; ; operator = '>') {
    const rows = await db
      .selectFrom('market_agreement')
      .selectAll()
      .where(party, '=', account)
      .where(({ eb, refTuple, tuple }) => eb(refTuple('accepted', 'id'), operator, tuple(accepted, id)))
      .orderBy('accepted')
      .orderBy('id')
      .limit(page)
      .execute()
    yield rows.map(agreementOf)
    const last = rows.at(-1)
    if (!last || rows.length < page) return
    await turns.takeAgain(account)
    accepted = last.accepted
    id = last.id
  }
}

/** The same, one by one. */
export async function* agreementsInOrder(...asked: Parameters<typeof agreementPages>): AsyncGenerator<Agreement> {
  for await (const some of agreementPages(...asked)) yield* some
}
