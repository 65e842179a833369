import { ChangeSetFailed } from './change-set-failed.ts'
import type { ListingValues } from './listing-values.ts'

type Field = keyof ListingValues

/** AWS Marketplace API Reference, "Work with machine learning products": what the codes of the changes are about. */
const byCode: Readonly<Record<string, Field>> = {
  INVALID_ACCESS_ROLE: 'role',
  DUPLICATE_VERSION_TITLE: 'versionTitle',
  INVALID_CATEGORY_NAMES: 'categories',
  UPDATE_PRICING_REQUIRED: 'prices',
}

/** Members by the fields that fill them, the longer names first: the first that a message names is meant. */
const byMember: readonly (readonly [member: string, field: Field])[] = [
  ['InputProperties.Description', 'inputSummary'],
  ['InputProperties.SampleInput', 'inputSample'],
  ['InputProperties.Limitations', 'limitations'],
  ['OutputProperties.Description', 'outputSummary'],
  ['OutputProperties.SampleOutput', 'outputSample'],
  ['RecommendedInstanceTypes.Training', 'trainingType'],
  ['for Training', 'trainingType'],
  ['RealtimeInference', 'realtimeType'],
  ['BatchTransform', 'transformType'],
  ['SupportDescription', 'support'],
  ['ShortDescription', 'short'],
  ['LongDescription', 'long'],
  ['ProductTitle', 'title'],
  ['LogoUrl', 'logo'],
  ['Highlights', 'highlights'],
  ['Categories', 'categories'],
  ['SearchKeywords', 'keywords'],
  ['AccessRoleArn', 'role'],
  ['VersionTitle', 'versionTitle'],
  ['ReleaseNotes', 'notes'],
  ['UsageInstructions', 'usage'],
  ['SampleNotebookUrl', 'notebook'],
  ['RepositoryUrl', 'repository'],
  ['FreeTrialPricingTerm', 'trialDays'],
  ['RateCard', 'prices'],
  ['RefundPolicy', 'refund'],
  ['BuyerAccounts', 'accounts'],
]

/** The field of the listing wizard that a refusal of the catalog is about; undefined where it is about none. */
export function refusedField(error: unknown): Field | undefined {
  const told = error instanceof ChangeSetFailed ? error.refusals : [{ code: '', message: String(error) }]
  for (const { code, message } of told) {
    const field = byCode[code] ?? byMember.find(([member]) => message.includes(member))?.[1]
    if (field) return field
  }
  return undefined
}
