import { listAccounts } from '../iam/account.ts'
import { allReviews, hideReview, restoreReview } from '../marketplace/review/review-moderation.ts'
import type { CommandContext } from './command-context.ts'
import type { Installation } from './installation.ts'
import { asOperator, onInstallation } from './on-installation.ts'

/** `modelmart review list [--product ID]`: a review a line, newest first, hidden ones with the reason. */
export const reviewList = (product: string | undefined, context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store }) => {
    for (const { id, product: of, account, rating, title, body, hidden, hidden_reason } of await allReviews(
      store,
      product,
    )) {
      const said = [title, body]
        .filter(Boolean)
        .join(': ')
        .replaceAll(/[\s\p{Cc}]+/gu, ' ')
        .slice(0, 100)
      const state = hidden ? `hidden: ${hidden_reason}` : 'shown'
      context.out.write(`${id}\t${of}\t${account}\t${rating}\t${state}\t${said}\n`)
    }
  })

/** `modelmart review hide ID --reason TEXT`: its author reads the reason. */
export const reviewHide = (id: string, reason: string, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'review hide', parameters: { id, reason } }, async installation => {
    await hideReview(parts(installation), id, reason)
    context.out.write(`${id} is hidden\n`)
  })

/** `modelmart review restore ID`. */
export const reviewRestore = (id: string, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'review restore', parameters: { id } }, async installation => {
    await restoreReview(parts(installation), id)
    context.out.write(`${id} is shown again\n`)
  })

const parts = ({ store }: Installation) => ({
  store,
  now: () => new Date(),
  sellerName: async (account: string) => (await listAccounts(store)).find(({ id }) => id === account)?.name ?? account,
})
