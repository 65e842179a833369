import type { PageName } from '../route/path-table.ts'

/** The pages that have something to explain; what they say is loaded when somebody opens it. */
export const helpedPages = [
  ...(['createAlgorithm', 'createModelPackage', 'createProduct', 'listProduct', 'createVersion', 'products'] as const),
  ...(['createTrainingJob', 'createTransformJob', 'createModel', 'createEndpoint', 'endpoint'] as const),
]
export type HelpedPage = (typeof helpedPages)[number]

export const hasHelp = (page: PageName | undefined): page is HelpedPage => helpedPages.some(helped => helped === page)
