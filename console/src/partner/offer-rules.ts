import { type Rules, wanted } from '../kit/form-state.ts'
import { dimensionsOf, lines } from './listing-values.ts'
import { installmentLine, isDayToCome, isPercentage, isUpliftRange, type OfferValues } from './offer-values.ts'
import type { Listed } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.offers
const amount = /^\d+(\.\d+)?$/
const holds = (isRight: boolean, why: string): string | undefined => (isRight ? undefined : why)

/** What can be told before the catalog is asked; it has the last word. */
export const offerRules = (listed: Listed): Rules<OfferValues> => ({
  name: ({ name }) => wanted(name),
  expires: ({ expires }) => holds(isDayToCome(expires), words.dateRule),
  days: ({ days }) => holds(/^\d+$/.test(days.trim()) && Number(days) >= 1 && Number(days) <= 1095, words.daysRule),
  prices: ({ prices, isByRequest }) =>
    holds(
      dimensionsOf(listed, isByRequest).every(key => amount.test((prices[key] ?? '').trim())),
      partnerTexts.rules.prices,
    ),
  upfront: ({ model, upfront }) => holds(model !== 'Contract' || amount.test(upfront.trim()), words.upfrontRule),
  installments: ({ installments }) =>
    holds(
      lines(installments).every(line => installmentLine.test(line)),
      words.installmentsRule,
    ),
  buyers: ({ buyers }) => {
    const all = lines(buyers)
    return holds(all.length >= 1 && all.length <= 26 && all.every(each => /^\d{12}$/.test(each)), words.buyersRule)
  },
  refund: ({ refund }) => wanted(refund),
  eulaUrl: ({ eula, eulaUrl }) =>
    holds(eula !== 'custom' || /^https?:\/\/\S+$/.test(eulaUrl.trim()), partnerTexts.rules.url),
  renewals: ({ renewals }) => holds(/^\d*$/.test(renewals.trim()), words.renewalsRule),
  raise: ({ renews, raise }) => holds(!renews || isPercentage(raise), words.raiseRule),
  mostRaise: ({ renews, uplift, raise, leastRaise, mostRaise }) =>
    holds(!renews || uplift === 'fixed' || isUpliftRange(leastRaise, raise, mostRaise), words.rangeRule),
  adjustmentDays: ({ renews, uplift, adjustmentDays, days }) =>
    holds(
      !renews ||
        uplift === 'fixed' ||
        (/^[1-9]\d*$/.test(adjustmentDays.trim()) && Number(adjustmentDays) < Number(days)),
      words.adjustmentRule,
    ),
})
