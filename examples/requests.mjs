import { readFileSync } from 'node:fs'

const item = 'MachineLearningProduct@1.0'
const offer = 'Offer@1.0'

const change = (ChangeName, ChangeType, Type, Identifier, details) => ({
  ChangeName,
  ChangeType,
  Entity: { Type, ...(Identifier && { Identifier }) },
  Details: JSON.stringify(details),
})

/**
 * Requests of AWS's APIs that certify and list an example product, from its folder's `product.json`. `folder` is a URL of it, or of a
 * file in it.
 */
export const requestsOf = folder => {
  const read = path => readFileSync(new URL(path, folder), 'utf8')
  const product = JSON.parse(read('product.json'))

  /** The product's validation profile, with its data and outputs in a bucket of the seller's. */
  const validation = ({ role, bucket }) => {
    const [profile] = structuredClone(product.ValidationSpecification.ValidationProfiles)
    const { TrainingJobDefinition: training, TransformJobDefinition: transform } = profile
    const sources = [...training.InputDataConfig, transform.TransformInput].map(
      ({ DataSource }) => DataSource.S3DataSource,
    )
    for (const source of sources) source.S3Uri = `s3://${bucket}/${source.S3Uri}`
    training.OutputDataConfig = { S3OutputPath: `s3://${bucket}/validation` }
    transform.TransformOutput.S3OutputPath = `s3://${bucket}/validation/transform`
    return { ValidationRole: role, ValidationProfiles: [profile] }
  }

  /** Input of CreateAlgorithm. */
  const createAlgorithm = ({ image, role, bucket }) => ({
    AlgorithmName: product.AlgorithmName,
    AlgorithmDescription: product.AlgorithmDescription,
    TrainingSpecification: { ...product.TrainingSpecification, TrainingImage: image },
    InferenceSpecification: { ...product.InferenceSpecification, Containers: [{ Image: image }] },
    ValidationSpecification: validation({ role, bucket }),
    CertifyForMarketplace: true,
  })

  /** Input of CreateModelPackage, from the image and artifacts, or from the algorithm and artifacts. */
  const createModelPackage = ({ name, image, algorithm, artifact, role, bucket }) => {
    const { ValidationRole, ValidationProfiles } = validation({ role, bucket })
    const [{ ProfileName, TransformJobDefinition }] = ValidationProfiles
    const source = algorithm
      ? { SourceAlgorithmSpecification: { SourceAlgorithms: [{ AlgorithmName: algorithm, ModelDataUrl: artifact }] } }
      : {
          InferenceSpecification: {
            ...product.InferenceSpecification,
            Containers: [{ Image: image, ModelDataUrl: artifact }],
          },
        }
    return {
      ModelPackageName: name,
      ...source,
      ValidationSpecification: { ValidationRole, ValidationProfiles: [{ ProfileName, TransformJobDefinition }] },
      CertifyForMarketplace: true,
    }
  }

  /** Changes of StartChangeSet that list a certified algorithm with an offer and its price. `links` is where the seller serves the notebook. */
  const listing = ({ algorithm, role, links, account }) => {
    const { UsageInstructionsFile, SampleNotebookFile, ...delivery } = product.Delivery
    const details = {
      SageMakerAlgorithmArn: algorithm,
      AccessRoleArn: role,
      ...delivery,
      UsageInstructions: read(UsageInstructionsFile),
      SampleNotebookUrl: `${links}/${SampleNotebookFile}`,
      RepositoryUrl: links,
    }
    const version = {
      Version: product.Version,
      DeliveryOptions: [{ Details: { SageMakerAlgorithmDeliveryOptionDetails: details } }],
    }
    const id = '$product.Entity.Identifier'
    const offerId = '$offer.Entity.Identifier'
    return [
      change('product', 'CreateProduct', item, undefined, { ProductTitle: product.Information.ProductTitle }),
      change('information', 'UpdateInformation', item, id, { ...product.Information, LogoUrl: `${links}/logo.svg` }),
      change('version', 'AddDeliveryOptions', item, id, version),
      change('targets', 'UpdateTargeting', item, id, { PositiveTargeting: { BuyerAccounts: [account] } }),
      change('release', 'ReleaseProduct', item, id, {}),
      change('offer', 'CreateOffer', offer, undefined, { ProductId: id }),
      change('name', 'UpdateInformation', offer, offerId, {
        Name: 'Pay as you go',
        Description: 'By the hour of each instance',
      }),
      change('price', 'UpdatePricingTerms', offer, offerId, product.Offer.PricingTerms),
      change('licence', 'UpdateLegalTerms', offer, offerId, product.Offer.LegalTerms),
      change('support', 'UpdateSupportTerms', offer, offerId, product.Offer.SupportTerms),
      change('release-offer', 'ReleaseOffer', offer, offerId, {}),
    ]
  }

  /** Changes that show a released product to everyone. */
  const publication = ({ product: id }) => [
    change('public', 'UpdateVisibility', item, id, { TargetVisibility: 'Public' }),
  ]

  return { createAlgorithm, createModelPackage, listing, publication }
}
