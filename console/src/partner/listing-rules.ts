import { type Rules, wanted } from '../kit/form-state.ts'
import { listOf } from '../seller/product-values.ts'
import { dimensionsOf, type ListingValues, lines } from './listing-values.ts'
import type { Listed } from './own-product.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.rules
const url = (text: string): string | undefined => (/^https?:\/\/\S+$/.test(text.trim()) ? undefined : words.url)
const within = (count: number, most: number, why: string): string | undefined =>
  count >= 1 && count <= most ? undefined : why

/** What can be told before the catalog is asked; it has the last word. */
export const listingRules = (listed: Listed): Rules<ListingValues> => ({
  title: ({ title }) => (title.trim() !== '' && title.length <= 72 ? undefined : words.title),
  short: ({ short }) => wanted(short),
  long: ({ long }) => wanted(long),
  logo: ({ logo }) => url(logo),
  highlights: ({ highlights }) => within(lines(highlights).length, 3, words.highlights),
  categories: ({ categories }) => within(categories.length, 3, words.categories),
  keywords: ({ keywords }) => within(listOf(keywords).length, 15, words.keywords),
  support: ({ support }) => wanted(support),
  role: ({ role }) => wanted(role),
  versionTitle: ({ versionTitle }) => wanted(versionTitle),
  notes: ({ notes }) => wanted(notes),
  inputSummary: ({ inputSummary }) => wanted(inputSummary),
  inputSample: ({ inputSample }) => wanted(inputSample),
  outputSummary: ({ outputSummary }) => wanted(outputSummary),
  outputSample: ({ outputSample }) => wanted(outputSample),
  usage: ({ usage }) => wanted(usage),
  repository: ({ repository }) => url(repository),
  notebook: ({ notebook }) => url(notebook),
  prices: ({ model, prices, isByRequest }) =>
    model === 'Free' || dimensionsOf(listed, isByRequest).every(key => /^\d+(\.\d+)?$/.test((prices[key] ?? '').trim()))
      ? undefined
      : words.prices,
  trialDays: ({ hasTrial, trialDays }) =>
    !hasTrial || (/^\d+$/.test(trialDays.trim()) && Number(trialDays) >= 5 && Number(trialDays) <= 31)
      ? undefined
      : words.days,
  trialHours: ({ hasTrial, trialHours }) => (!hasTrial || /^\d*$/.test(trialHours.trim()) ? undefined : words.hours),
  refund: ({ refund }) => wanted(refund),
  eulaUrl: ({ eula, eulaUrl }) => (eula === 'custom' ? url(eulaUrl) : undefined),
  accounts: ({ accounts }) => (lines(accounts).every(each => /^\d{12}$/.test(each)) ? undefined : words.accounts),
})
