import {
  account,
  type DetailsShape,
  isObject,
  list,
  object,
  optional,
  refused,
  required,
  text,
  url,
} from '../catalog/details-shape.ts'

const named = { Name: required(text(255)), Description: optional(text(1000)) }
const renamed = { Name: optional(text(255)), Description: optional(text(1000)) }

const policyConfiguration = optional(
  object({ PolicyResourceRequests: required({ is: 'choice', of: ['Allow', 'Deny'] }) }),
)

const brandingConfiguration = optional(
  object({
    Title: optional(text(255)),
    Information: optional(text(1000)),
    ThemeColor: optional({ is: 'string', pattern: /^#[\da-fA-F]{6}$/, form: 'a color like #232F3E' }),
    LogoUrl: optional(url),
  }),
)

const products = object({
  Products: required(list(object({ Ids: required(list(text(64), 1, 50)), Notes: optional(text(1000)) }), 1, 50)),
})

/** There are no organizations here: whom an experience is for are accounts. */
const principals = required(list(account, 1, 1000))

/** Details of the changes of `Experience@1.0`: AWS Marketplace Developer Guide, "Work with the private marketplace". */
export const experienceDetails: Readonly<Record<string, DetailsShape>> = {
  CreateExperience: object({ ...named, Catalog: refused('there is one catalog') }),
  UpdateExperience: object({ ...renamed, Status: optional({ is: 'choice', of: ['Enabled', 'Disabled'] }) }),
  RestrictExperience: object({}),
  ReviveExperience: object({}),
  CreateProcurementPolicy: object({ ...named, Configuration: policyConfiguration }),
  UpdateProcurementPolicy: object({ ...renamed, Configuration: policyConfiguration }),
  AllowProductProcurement: products,
  DenyProductProcurement: products,
  CreateBrandingSettings: object({ ...named, Configuration: brandingConfiguration }),
  UpdateBrandingSettings: object({ ...renamed, Configuration: brandingConfiguration }),
  AssociateAudience: object({ ...renamed, Principals: principals }),
  DisassociateAudience: object({ Principals: principals }),
}

const mostProducts = 50

/** What is wrong with products that are allowed or denied, in AWS's words ("Errors returned directly by the StartChangeSet action"). */
export function productsProblem(details: Record<string, unknown>): string | undefined {
  const given = [details.Products].flat().filter(isObject)
  const ids = given.flatMap(({ Ids }) => Ids)
  if (new Set(ids).size < ids.length) return 'Values in Ids array must be unique'
  if (ids.length > mostProducts)
    return `Cumulative number of values in Ids array must be less than or equal to ${mostProducts}`
  return undefined
}
