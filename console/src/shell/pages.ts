import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { PageName } from '../route/path-table.ts'

/** What a page is given: the names in its path. */
export type PageComponent = ComponentType<{ readonly params: Readonly<Record<string, string>> }>

/** A chunk a page: nobody loads what is not opened. */
export const pages: Readonly<Record<Exclude<PageName, 'signIn'>, LazyExoticComponent<PageComponent>>> = {
  home: lazy(() => import('../home/home-page.tsx')),
  trainingJobs: lazy(() => import('../sagemaker/training-jobs-page.tsx')),
  createTrainingJob: lazy(() => import('../sagemaker/create-training-job-page.tsx')),
  trainingJob: lazy(() => import('../sagemaker/training-job-page.tsx')),
}
