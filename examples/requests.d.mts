export interface ExampleRequests {
  createAlgorithm(values: {
    image: string
    role: string
    bucket: string
  }): import('@aws-sdk/client-sagemaker').CreateAlgorithmInput
  createModelPackage(values: {
    name: string
    image?: string
    algorithm?: string
    artifact: string
    role: string
    bucket: string
  }): import('@aws-sdk/client-sagemaker').CreateModelPackageInput
  listing(values: {
    algorithm: string
    role: string
    links: string
    account: string
  }): import('@aws-sdk/client-marketplace-catalog').Change[]
  publication(values: { product: string }): import('@aws-sdk/client-marketplace-catalog').Change[]
}

export function requestsOf(folder: string | URL): ExampleRequests
