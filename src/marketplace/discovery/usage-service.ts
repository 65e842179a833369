import type { Context } from '../../service/context.ts'
import { allAsk, type OwnApi, onAnything, type Service, service } from '../../service/service.ts'
import { listSubscribedVersions } from '../agreement/subscribed-version.ts'
import { getFreeTrial } from '../billing/free-trial.ts'
import { notFound } from '../catalog/catalog-check.ts'
import type { CertificateSigner } from '../catalog/signed-certificate.ts'
import { getInputDrift } from '../drift/input-drift.ts'
import {
  deleteInputWatch,
  getInputWatch,
  type InputParts,
  listInputWatches,
  putInputWatch,
} from '../drift/input-watch.ts'
import type { Version } from '../product.ts'
import { visibleProduct } from './visibility.ts'

interface Parts extends InputParts {
  readonly signer: CertificateSigner
}

/**
 * What a version takes and answers, as its seller tells buyers, its certificate, signed, under which ARNs a buyer uses it, what is left of a free
 * trial, and how far inputs are from those of certification. AWS's own APIs have no members for it; this one is ours, see `docs/usage.md` and `docs/drift.md`.
 */
export const createUsageService = (parts: Parts): Service =>
  service<OwnApi, Parts>({
    model: 'marketplace-usage',
    parts: () => parts,
    operations: allAsk<OwnApi, Parts>(onAnything('aws-marketplace'), {
      GetFreeTrial: getFreeTrial,
      ListSubscribedVersions: listSubscribedVersions,
      GetVersionUsage: getVersionUsage,
      GetVersionCertificate: getVersionCertificate,
      PutInputWatch: putInputWatch,
      GetInputWatch: getInputWatch,
      DeleteInputWatch: deleteInputWatch,
      ListInputWatches: listInputWatches,
      GetInputDrift: getInputDrift,
    }),
  })

interface Asked {
  readonly productId: string
  readonly fulfillmentOptionId: string
}

/** A version that buyers may have now; for everybody who may see the product. */
async function requireVersion({ productId, fulfillmentOptionId }: Asked, ctx: Context): Promise<Version> {
  const product = await visibleProduct(ctx.store.db, ctx.account, productId)
  const version = product?.document.versions.find(
    each => each.deliveryOptionId === fulfillmentOptionId && each.visibility === 'Public',
  )
  if (!version) throw notFound(`Version ${fulfillmentOptionId} of product ${productId}`)
  return version
}

/** Its text, which `modelmart certificate verify` checks without a server. */
async function getVersionCertificate(asked: Asked, ctx: Context & Parts) {
  const { certificate, title, assetArn } = await requireVersion(asked, ctx)
  if (!certificate) throw notFound(`A certificate of version ${asked.fulfillmentOptionId}`)
  const issued = new Date(certificate.issued).toISOString()
  const { signer } = ctx
  const signed = signer.sign({ ...certificate, ...asked, format: 1, versionTitle: title, assetArn, issued })
  return { certificate: JSON.stringify(signed), fingerprint: signer.fingerprint }
}

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

async function getVersionUsage(asked: Asked, ctx: Context) {
  const version = await requireVersion(asked, ctx)
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
