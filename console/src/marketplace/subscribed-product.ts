import { useQuery } from '@tanstack/react-query'
import { subscribedVersions, subscriptions } from './subscription.ts'

/** A version of a product that this account may use. */
export interface SubscribedProduct {
  readonly product: string
  readonly agreement: string
  readonly arn: string
}

/** The versions of one type of the fifty newest agreements that are in force. */
export const useSubscribedProducts = (type: 'algorithm' | 'model-package') =>
  useQuery({
    queryKey: ['agreements', 'subscribed', type],
    queryFn: async (): Promise<SubscribedProduct[]> => {
      const ask = { region: 'us-east-1', MaxResults: 50, SortBy: 'CreationTime', SortOrder: 'Descending' } as const
      const { items } = await subscriptions.fetch({ ...ask, StatusEquals: 'ACTIVE' })
      const found = await Promise.all(
        items.map(async ({ agreementId = '', product = agreementId }) => {
          const { versions } = await subscribedVersions(agreementId)
          return versions.flatMap(({ arn }) =>
            arn.includes(`:${type}/`) ? [{ product, agreement: agreementId, arn }] : [],
          )
        }),
      )
      return found.flat()
    },
  })
