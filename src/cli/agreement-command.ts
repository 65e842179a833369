import { clock } from '../ground/clock.ts'
import { refundConversion } from '../marketplace/billing/conversion-refund.ts'
import type { CommandContext } from './command-context.ts'
import { asOperator } from './on-installation.ts'

/** `modelmart agreement refund-conversion ID`: gives back what the seven days after a free trial cost, without the seller. */
export const agreementRefundConversion = (id: string, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'agreement refund-conversion', parameters: { id } }, async ({ store }) => {
    context.out.write(`${await refundConversion(store, id, clock.now())} USD given back\n`)
  })
