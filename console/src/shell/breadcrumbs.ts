import { type Match, type PageName, pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'

interface Crumb {
  readonly text: string
  readonly href: string
}

const home = { text: texts.frame.home, href: pathTo('home') }
const sagemaker = { text: 'Amazon SageMaker AI', href: pathTo('trainingJobs') }
const trainingJobs = { text: 'Training jobs', href: pathTo('trainingJobs') }

/** The way to a page, itself last. */
const ways: Readonly<Record<PageName, (name: string) => readonly Crumb[]>> = {
  home: () => [home],
  signIn: () => [home],
  trainingJobs: () => [home, sagemaker, trainingJobs],
  createTrainingJob: () => [
    home,
    sagemaker,
    trainingJobs,
    { text: 'Create training job', href: pathTo('createTrainingJob') },
  ],
  trainingJob: name => [home, sagemaker, trainingJobs, { text: name, href: pathTo('trainingJob', { name }) }],
}

export const breadcrumbs = (match: Match | undefined): Crumb[] =>
  match ? [...ways[match.page](match.params.name ?? '')] : [home]
