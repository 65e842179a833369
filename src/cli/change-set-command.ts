import {
  changeSetsInReview,
  isReviewing,
  reviewChangeSet,
  setReviewing,
} from '../marketplace/review/publication-review.ts'
import type { CommandContext } from './command-context.ts'
import type { Installation } from './installation.ts'
import { asOperator, onInstallation } from './on-installation.ts'

/** `modelmart change-set list`: what waits for the operator, a change a line, oldest first. */
export const changeSetList = (context: CommandContext): Promise<void> =>
  onInstallation(context, async ({ store }) => {
    for await (const { id, account, started, changes, names } of changeSetsInReview(store))
      for (const { entity, details } of changes)
        context.out.write(
          `${id}\t${new Date(Number(started)).toISOString()}\t${account}\t${entity}\t${(names.get(entity) ?? '').replaceAll(/\p{Cc}+/gu, ' ')}\t${details.TargetVisibility}\n`,
        )
  })

/** `modelmart change-set approve ID`: a running server goes on with it within a minute. */
export const changeSetApprove = (id: string, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'change-set approve', parameters: { id } }, async ({ store }) => {
    await reviewChangeSet(store, id, { approve: true })
    context.out.write(`${id} is approved\n`)
  })

/** `modelmart change-set decline ID --reason TEXT`: the seller reads the reason in DescribeChangeSet. */
export const changeSetDecline = (id: string, reason: string, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'change-set decline', parameters: { id, reason } }, async ({ store }) => {
    await reviewChangeSet(store, id, { approve: false, reason })
    context.out.write(`${id} is declined\n`)
  })

/** `modelmart change-set review [on|off]`: whether products wait for the operator before they become Public or Restricted. */
export const changeSetReview = (choice: string | undefined, context: CommandContext): Promise<void> => {
  const work = async ({ store }: Installation): Promise<void> => {
    if (choice !== undefined && choice !== 'on' && choice !== 'off') throw new Error(`say on or off, not ${choice}`)
    if (choice) await setReviewing(store, choice === 'on')
    context.out.write(`review is ${(await isReviewing(store.db)) ? 'on' : 'off'}\n`)
  }
  if (choice === undefined) return onInstallation(context, work)
  return asOperator(context, { command: 'change-set review', parameters: { choice } }, work)
}
