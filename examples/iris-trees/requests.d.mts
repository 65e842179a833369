export function createAlgorithm(values: {
  image: string
  role: string
  bucket: string
}): import('@aws-sdk/client-sagemaker').CreateAlgorithmInput
export function createModelPackage(values: {
  name: string
  image?: string
  algorithm?: string
  artifact: string
  role: string
  bucket: string
}): import('@aws-sdk/client-sagemaker').CreateModelPackageInput
export function listing(values: {
  algorithm: string
  role: string
  links: string
  account: string
}): import('@aws-sdk/client-marketplace-catalog').Change[]
export function publication(values: { product: string }): import('@aws-sdk/client-marketplace-catalog').Change[]
