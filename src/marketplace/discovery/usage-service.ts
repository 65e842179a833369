import type { Context } from '../../service/context.ts'
import { allAsk, type OwnApi, onAnything, type Service, service } from '../../service/service.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { visibleProduct } from './visibility.ts'

/** What a version takes and answers, as its seller tells buyers. The Discovery API has no members for it; this one is ours, see `docs/usage.md`. */
export const createUsageService = (): Service =>
  service<OwnApi, object>({
    model: 'marketplace-usage',
    parts: () => ({}),
    operations: allAsk<OwnApi, object>(onAnything('aws-marketplace'), { GetVersionUsage: getVersionUsage }),
  })

interface Parameter {
  readonly Name: string
  readonly Description: string
  readonly Constraints?: string
  readonly Required?: boolean
  readonly AlwaysReturned?: boolean
}

/** Inputs or outputs, with the members of the Catalog API, which were checked when the version was added. */
interface Payload {
  readonly Description?: string
  readonly Limitations?: string
  readonly SampleInput?: Readonly<Record<string, string>>
  readonly SampleOutput?: Readonly<Record<string, string>>
  readonly Parameters?: readonly Parameter[]
  readonly SageMakerCustomAttributes?: readonly Parameter[]
}

/** Of a version that buyers may have now; to everybody who may see the product. */
async function getVersionUsage(
  { productId, fulfillmentOptionId }: { readonly productId: string; readonly fulfillmentOptionId: string },
  ctx: Context,
) {
  const product = await visibleProduct(ctx.store.db, ctx.account, productId)
  const version = product?.document.versions.find(
    each => each.deliveryOptionId === fulfillmentOptionId && each.visibility === 'Public',
  )
  if (!version) throw notFound(`Version ${fulfillmentOptionId} of product ${productId}`)
  const { InputProperties, OutputProperties, SampleNotebookUrl, RepositoryUrl } = version.usage
  return {
    ...{ input: payload(InputProperties), output: payload(OutputProperties) },
    ...{ sampleNotebookUrl: SampleNotebookUrl, repositoryUrl: RepositoryUrl },
  }
}

function payload(told: Payload) {
  const sample = told.SampleInput ?? told.SampleOutput ?? {}
  return {
    description: told.Description ?? '',
    limitations: told.Limitations,
    sample: {
      ...{ realtimeText: sample.RealtimeInferenceText, realtimeUrl: sample.RealtimeInferenceUrl },
      ...{ batchText: sample.BatchTransformText, batchUrl: sample.BatchTransformUrl },
    },
    parameters: (told.Parameters ?? []).map(parameter),
    customAttributes: (told.SageMakerCustomAttributes ?? []).map(parameter),
  }
}

const parameter = (told: Parameter) => ({
  ...{ name: told.Name, description: told.Description, constraints: told.Constraints },
  ...{ isRequired: told.Required, isAlwaysReturned: told.AlwaysReturned },
})
