import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { PageName } from '../route/path-table.ts'

/** What a page is given: the names in its path. */
export type PageComponent = ComponentType<{ readonly params: Readonly<Record<string, string>> }>

/** A chunk a page: nobody loads what is not opened. */
export const pages: Readonly<Record<Exclude<PageName, 'signIn'>, LazyExoticComponent<PageComponent>>> = {
  home: lazy(() => import('../home/home-page.tsx')),
  storefront: lazy(() => import('../marketplace/storefront-page.tsx')),
  product: lazy(() => import('../marketplace/product-page.tsx')),
  procurement: lazy(() => import('../marketplace/procurement-page.tsx')),
  subscriptions: lazy(() => import('../marketplace/subscriptions-page.tsx')),
  subscription: lazy(() => import('../marketplace/subscription-page.tsx')),
  launch: lazy(() => import('../marketplace/launch-page.tsx')),
  products: lazy(() => import('../partner/products-page.tsx')),
  createProduct: lazy(() => import('../partner/create-product-page.tsx')),
  ownProduct: lazy(() => import('../partner/own-product-page.tsx')),
  algorithms: lazy(() => import('../seller/algorithms-page.tsx')),
  createAlgorithm: lazy(() => import('../seller/create-algorithm-page.tsx')),
  algorithm: lazy(() => import('../seller/algorithm-page.tsx')),
  modelPackages: lazy(() => import('../seller/model-packages-page.tsx')),
  createModelPackage: lazy(() => import('../seller/create-model-package-page.tsx')),
  modelPackage: lazy(() => import('../seller/model-package-page.tsx')),
  repositories: lazy(() => import('../registry/repositories-page.tsx')),
  createRepository: lazy(() => import('../registry/create-repository-page.tsx')),
  repository: lazy(() => import('../registry/repository-page.tsx')),
  trainingJobs: lazy(() => import('../sagemaker/training-jobs-page.tsx')),
  createTrainingJob: lazy(() => import('../sagemaker/create-training-job-page.tsx')),
  trainingJob: lazy(() => import('../sagemaker/training-job-page.tsx')),
  models: lazy(() => import('../sagemaker/models-page.tsx')),
  createModel: lazy(() => import('../sagemaker/create-model-page.tsx')),
  model: lazy(() => import('../sagemaker/model-page.tsx')),
  endpointConfigs: lazy(() => import('../sagemaker/endpoint-configs-page.tsx')),
  createEndpointConfig: lazy(() => import('../sagemaker/create-endpoint-config-page.tsx')),
  endpointConfig: lazy(() => import('../sagemaker/endpoint-config-page.tsx')),
  endpoints: lazy(() => import('../sagemaker/endpoints-page.tsx')),
  createEndpoint: lazy(() => import('../sagemaker/create-endpoint-page.tsx')),
  endpoint: lazy(() => import('../sagemaker/endpoint-page.tsx')),
  transformJobs: lazy(() => import('../sagemaker/transform-jobs-page.tsx')),
  createTransformJob: lazy(() => import('../sagemaker/create-transform-job-page.tsx')),
  transformJob: lazy(() => import('../sagemaker/transform-job-page.tsx')),
}
