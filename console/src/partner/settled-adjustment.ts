import { type BillingAdjustmentStatus, GetBillingAdjustmentRequestCommand } from '@aws-sdk/client-marketplace-agreement'
import { agreements } from '../api/agreement.ts'

const [pause, most] = [300, 30]

interface Settled {
  readonly status: BillingAdjustmentStatus | undefined
  readonly reason: string | undefined
}

/** What has become of an adjustment that was asked for: it is made, or not, as soon as its agreement is looked at. PENDING when that takes long. */
export async function settledAdjustment(agreementId: string, billingAdjustmentRequestId: string): Promise<Settled> {
  const command = new GetBillingAdjustmentRequestCommand({ agreementId, billingAdjustmentRequestId })
  for (let asked = 1; ; asked++) {
    const { status, statusMessage: reason } = await agreements().send(command)
    if (status !== 'PENDING' || asked === most) return { status, reason }
    await new Promise(resolve => setTimeout(resolve, pause))
  }
}
