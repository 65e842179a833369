import { derivedUuid, isoSeconds } from '../identifier.ts'
import { type Product, productDimensions, type Version } from '../product.ts'

/** DetailsDocument of DescribeEntity for `MachineLearningProduct@1.0`. */
export function describeProduct(product: Product) {
  const { information, versions, productCode, buyerAccounts, replacementProductId } = product.document
  return {
    Versions: versions.map(describeVersion),
    Description: {
      ProductTitle: information.ProductTitle,
      ProductCode: productCode,
      ShortDescription: information.ShortDescription,
      LongDescription: information.LongDescription,
      Sku: information.Sku,
      Highlights: information.Highlights ?? [],
      SearchKeywords: information.SearchKeywords ?? [],
      Visibility: product.state,
      ProductState: 'Active',
      Categories: information.Categories ?? [],
      ReplacementProductId: replacementProductId,
    },
    Targeting: { PositiveTargeting: { BuyerAccounts: buyerAccounts } },
    PromotionalResources: {
      LogoUrl: information.LogoUrl,
      Videos: (information.VideoUrls ?? []).map(Url => ({ Type: 'Link', Title: information.ProductTitle, Url })),
      AdditionalResources: information.AdditionalResources ?? [],
    },
    SupportInformation: { Description: information.SupportDescription },
    Dimensions: productDimensions(product),
    RegionAvailability: {
      Restrict: [],
      Regions: [...new Set(versions.map(version => version.assetArn.split(':')[3]))],
    },
  }
}

function describeVersion(version: Version) {
  const { UsageInstructions, RecommendedInstanceTypes, ...instructions } = version.usage
  const sourceId = derivedUuid('source', version.id)
  const arn = version.type === 'SageMakerAlgorithm' ? 'AlgorithmArn' : 'ModelPackageArn'
  const { training, realtime, batch } = version.instanceTypes
  return {
    Id: version.id,
    VersionTitle: version.title,
    ReleaseNotes: version.releaseNotes,
    CreationDate: isoSeconds(version.created),
    Sources: [{ Id: sourceId, Type: version.type, [arn]: version.sourceArn }],
    DeliveryOptions: [
      {
        Id: version.deliveryOptionId,
        Type: version.type,
        SourceId: sourceId,
        Instructions: { Usage: UsageInstructions, ...instructions },
        SupportedInstanceTypes: {
          BatchTransform: batch,
          RealtimeInference: realtime,
          ...(training.length > 0 && { Training: training }),
        },
        RecommendedInstanceTypes,
        Visibility: version.visibility,
      },
    ],
  }
}
