import type { Resource } from '../../store/resources.ts'
import { isoTime, stateChange } from '../state-change.ts'

/** Of the rows of algorithms and model packages what their events tell. */
interface Certified extends Resource {
  readonly request: { readonly CertifyForMarketplace?: boolean }
  readonly validation: readonly object[]
  readonly imageScans: readonly object[]
  readonly productId?: string
}

interface Packaged extends Certified {
  readonly version?: number
  readonly approvalStatus?: string
  readonly approvalDescription?: string
  readonly inference?: object
  readonly containers: readonly {
    readonly definition: object
    readonly imageDigest: string
    readonly productArn?: string
  }[]
}

/** The marketplace's own copies are nobody's business. */
const isHidden = ({ productId }: Certified): boolean => productId !== undefined

/** Told with each status of a model package and each status of its approval. What comes of a product shows nothing of it. */
export const modelPackageChange = stateChange<Packaged>({
  detailType: 'SageMaker Model Package State Change',
  stateOf: ({ status, approvalStatus }) => `${status} ${approvalStatus}`,
  isHidden,
  detail: row => ({
    ...(row.version === undefined
      ? { ModelPackageName: row.name, CertifyForMarketplace: row.request.CertifyForMarketplace ?? false }
      : { ModelPackageGroupName: row.parent, ModelPackageVersion: row.version }),
    ModelPackageArn: row.arn,
    CreationTime: isoTime(row.created),
    LastModifiedTime: isoTime(row.modified),
    InferenceSpecification: row.inference && {
      ...row.inference,
      Containers: row.containers.map(({ definition, imageDigest, productArn }) =>
        productArn ? { Image: '' } : { ...definition, ImageDigest: imageDigest },
      ),
    },
    ModelPackageStatus: row.status,
    ModelPackageStatusDetails: { ValidationStatuses: row.validation, ImageScanStatuses: row.imageScans },
    ModelApprovalStatus: row.approvalStatus,
    ApprovalDescription: row.approvalDescription,
  }),
})

/** Told with each status of an algorithm. AWS announces none; this is the model package's, in an algorithm's names. */
export const algorithmChange = stateChange<Certified>({
  detailType: 'SageMaker Algorithm State Change',
  isHidden,
  detail: row => ({
    AlgorithmName: row.name,
    AlgorithmArn: row.arn,
    CreationTime: isoTime(row.created),
    LastModifiedTime: isoTime(row.modified),
    AlgorithmStatus: row.status,
    AlgorithmStatusDetails: { ValidationStatuses: row.validation, ImageScanStatuses: row.imageScans },
    CertifyForMarketplace: row.request.CertifyForMarketplace ?? false,
  }),
})
