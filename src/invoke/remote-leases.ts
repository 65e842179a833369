import type { TakeLease } from '../runtime/serverless-lease.ts'
import type { Link } from './link.ts'
import type { ControlAnswers } from './plane-messages.ts'

/** Longer than the container of a serverless endpoint may take to start (`serverless-leases.ts`). */
const patienceMs = 220_000

/** Leave to ask serverless endpoints is given by the control plane, which starts their containers, for all workers together. */
export const createRemoteLeases =
  (link: () => Pick<Link<ControlAnswers>, 'ask' | 'tell'>): TakeLease =>
  async ({ account, region, name }) => {
    const giver = link()
    const { instance, lease } = await giver.ask('takeServerless', { account, region, name }, patienceMs)
    // To whoever gave it: another server has never heard of it.
    return { instance, letGo: () => giver.tell('endLease', lease) }
  }
