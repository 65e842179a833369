import { clock } from '../ground/clock.ts'
import { load } from '../model/load.ts'
import { validate } from '../model/validator.ts'
import {
  deleteAccountQuota,
  listAccountQuotas,
  listQuotaRequests,
  putAccountQuota,
  review,
} from '../operator/account-quotas.ts'
import type { CommandContext } from './command-context.ts'
import type { Installation } from './installation.ts'
import { asOperator, onInstallation } from './on-installation.ts'

/** An account by its name or its id. Throws Error. */
async function accountOf({ store }: Installation, named: string): Promise<string> {
  const row = await store.db
    .selectFrom('iam_account')
    .select('id')
    .where(({ or, eb }) => or([eb('name', '=', named), eb('id', '=', named)]))
    .executeTakeFirst()
  if (!row) throw new Error(`There is no account ${named}.`)
  return row.id
}

/** `modelmart quota list ACCOUNT`: a quota a line, with what the account may have and what every account may. */
export const quotaList = (account: string, context: CommandContext): Promise<void> =>
  onInstallation(context, async installation => {
    const { quotas } = await listAccountQuotas({ accountId: await accountOf(installation, account) }, installation)
    for (const { serviceCode, quotaCode, quotaName, value, defaultValue } of quotas)
      context.out.write(`${serviceCode}\t${quotaCode}\t${value}\t${defaultValue}\t${quotaName}\n`)
  })

/** `modelmart quota set ACCOUNT SERVICE CODE VALUE`. */
export const quotaSet = (
  [account, serviceCode, quotaCode, text]: readonly [string, string, string, string],
  context: CommandContext,
): Promise<void> => {
  const parameters = { account, serviceCode, quotaCode, value: text }
  return asOperator(context, { command: 'quota set', parameters }, async installation => {
    const accountId = await accountOf(installation, account)
    const input = { accountId, serviceCode, quotaCode, value: Number(text) }
    if (!Number.isInteger(input.value)) throw new Error(`${text} is no whole number.`)
    validate(load('marketplace-operator'), { shape: 'PutAccountQuotaInput' }, input)
    await putAccountQuota(input, installation)
    context.out.write(`${account} may have ${text} of ${serviceCode} ${quotaCode} from now on\n`)
  })
}

/** `modelmart quota reset ACCOUNT SERVICE CODE`: what every account may have. */
export const quotaReset = (
  [account, serviceCode, quotaCode]: readonly [string, string, string],
  context: CommandContext,
): Promise<void> =>
  asOperator(
    context,
    { command: 'quota reset', parameters: { account, serviceCode, quotaCode } },
    async installation => {
      const accountId = await accountOf(installation, account)
      await deleteAccountQuota({ accountId, serviceCode, quotaCode }, installation)
      context.out.write(`${account} may have of ${serviceCode} ${quotaCode} what every account may\n`)
    },
  )

/** `modelmart quota requests`: what waits for the operator, the oldest first. */
export const quotaRequests = (context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store }) => {
    let nextToken: string | undefined
    do {
      const page = await listQuotaRequests(nextToken === undefined ? {} : { nextToken }, { store })
      for (const { requestId, accountId, serviceCode, quotaCode, value, desiredValue, requestedBy } of page.requests)
        context.out.write(
          `${requestId}\t${accountId}\t${serviceCode}\t${quotaCode}\t${value} -> ${desiredValue}\t${requestedBy}\n`,
        )
      nextToken = page.nextToken
    } while (nextToken !== undefined)
  })

/** `modelmart quota approve ID`, `modelmart quota deny ID`. */
export const quotaReview = (id: string, decision: 'APPROVED' | 'DENIED', context: CommandContext): Promise<void> => {
  const command = decision === 'APPROVED' ? 'quota approve' : 'quota deny'
  return asOperator(context, { command, parameters: { id } }, async ({ store }) => {
    await store.transaction(({ db }) => review(db, id, decision, clock.now()))
    context.out.write(`${id} is ${decision.toLowerCase()}\n`)
  })
}
