import { originOf } from '../signed-in.ts'
import {
  agreement,
  bought,
  heading,
  helps,
  label,
  open,
  openLaunch,
  openProduct,
  type Point,
  page,
  party,
  press,
  reads,
  text,
  world,
} from './setting.ts'

/** What the products are. */
export const points: readonly Point[] = [
  [
    '0.6',
    'whom to ask: the operator, from the seller’s portal',
    async () => {
      await open('partnercentral/products')
      await helps(/^Contact: who runs this installation is its operator\./)
    },
  ],
  [
    '0.8',
    'what was trained becomes a model package, and that an endpoint',
    async () => {
      await open('sagemaker/jobs/mine')
      await page.getByRole('button', { name: 'Create model package' }).waitFor()
      await open('sagemaker/model-packages/server')
      await page.getByRole('button', { name: 'Create endpoint' }).waitFor()
    },
  ],
  [
    '0.9',
    'an endpoint: real-time inference and hosting are the same',
    async () => {
      await open('sagemaker/endpoints/create')
      await helps('AWS Marketplace says real-time inference, SageMaker says hosting')
    },
  ],
  [
    '0.1',
    'two types of product: model package and algorithm',
    async () => {
      await open('marketplace/search')
      for (const type of ['Model package (1)', 'Algorithm (1)']) await label(type)
      await openProduct('Echo-server')
      await bought.getByText('Model package', { exact: true }).first().waitFor()
    },
  ],
  [
    '0.2',
    'products are found from the SageMaker console and in the marketplace',
    async () => {
      for (const [path, button] of [
        ['algorithms', 'Find algorithms'],
        ['model-packages', 'Find model packages'],
      ]) {
        await open(`sagemaker/${path}?tab=subscriptions`)
        await press(button as string)
        await heading('AWS Marketplace')
      }
    },
  ],
  [
    '0.4',
    'after subscribing a product is in the list of the SageMaker console',
    async () => {
      await bought.goto(`${originOf(world.server)}/console/sagemaker/model-packages`)
      await bought.getByRole('tab', { name: 'AWS Marketplace subscriptions' }).click()
      await bought.getByRole('row', { name: /Echo-server/ }).waitFor()
    },
  ],
  [
    '0.3',
    'descriptions, documentation, reviews, pricing, support information before subscribing',
    async () => {
      await openProduct('Probe-trainer')
      for (const name of ['Overview', 'Usage', 'Resources', 'Customer reviews', 'Pricing', 'Support'])
        await bought.getByRole('heading', { name, exact: true }).waitFor()
    },
  ],
  [
    '0.5',
    'the console or the CLI makes an inference endpoint or batch inference',
    async () => {
      await openLaunch()
      for (const words of ['SageMaker console', 'AWS CLI']) await reads(words)
      for (const name of ['Create a real-time inference endpoint', 'Create a batch transform job'])
        await bought.getByLabel(name).waitFor()
    },
  ],
  [
    '0.7',
    'own data, a training job, model artifacts in the buyer’s S3 bucket',
    async () => {
      await open('sagemaker/jobs/create')
      await heading('Input data configuration')
      await heading('Output data configuration')
      await label('S3 output path')
      await open('sagemaker/jobs/mine')
      await text('S3 model artifact')
      await text(`s3://${party.bucket}/out/mine/output/model.tar.gz`)
    },
  ],
  [
    '0.10',
    'an endpoint runs until the buyer stops it',
    async () => {
      await openLaunch()
      await reads('An endpoint runs, and costs, until you delete it.')
      await bought.goto(`${originOf(world.server)}/console/marketplace/subscriptions/${agreement}`)
      await bought.getByRole('button', { name: 'Cancel subscription' }).click()
      await reads('go on costing, until you stop them')
    },
  ],
  [
    '0.11',
    'a batch transform job: data in S3, results to S3, it ends by itself',
    async () => {
      await open('sagemaker/transform-jobs/create')
      await label('S3 location')
      await label('S3 output location')
      await text('ends by itself')
    },
  ],
]
