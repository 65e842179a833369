import type { HelpedPage } from './help.ts'

export interface HelpText {
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly list?: readonly string[]
}

const region =
  'Supported AWS Regions for publishing: every Region of this installation. Image, artifacts, data and resource are in the same one.'
const examples =
  'Sample notebooks and complete products, with their images, are in the folder examples of Modelmart: examples/iris-trees trains, tunes and serves, examples/ticket-topics serves.'
const encrypted =
  'You may encrypt what is in your image and in your artifacts and keep the key inside the image: whoever subscribes sees neither.'
const framework = 'Any framework serves: what counts is that the image answers as SageMaker’s containers do.'
const isolated =
  'Buyers’ containers run without any network and call no AWS service; nobody but the buyer’s own account reaches them.'
const hosting =
  'AWS Marketplace says real-time inference, SageMaker says hosting: an endpoint takes data in a request and gives the result in the API’s answer. It runs, and costs, until you delete it.'
const answers =
  'A container answers within 60 seconds; clients should wait 70 before they give up, as Test inference here does.'
const secured =
  'Build no authentication into the container: endpoints are reached by signed requests alone, and IAM says whose.'

/** What the help panel says, by page. */
export const helpTexts: Readonly<Record<HelpedPage, HelpText>> = {
  createAlgorithm: {
    title: 'Create algorithm',
    paragraphs: [
      'An algorithm trains on the buyer’s own data, and may serve what it has learned.',
      ...[region, framework, isolated, secured, encrypted, examples],
    ],
    list: [
      'A training image in Amazon ECR',
      'An inference image, which may be the same one',
      'Test data for training, and for inference, in S3',
      'Hyperparameters, metrics and channels, as the image reads and prints them',
    ],
  },
  createModelPackage: {
    title: 'Create marketplace model package',
    paragraphs: [
      'A model package serves a model that is trained already: here, with an algorithm, or elsewhere.',
      'It says which container or algorithm it is made of, where its artifacts are, on which instance types it runs, and by which validation profiles it is tried.',
      ...[region, framework, isolated, secured, encrypted, examples],
    ],
    list: [
      'An inference image in Amazon ECR',
      'Model artifacts as a .tar.gz in S3, unless the image holds them',
      'Test data for inference in S3',
    ],
  },
  createProduct: {
    title: 'Create machine learning product',
    paragraphs: [
      'Nothing is public until you say so: a submitted product has limited visibility, which you and the accounts of its allowlist see.',
      'The marketplace keeps a deep copy of what you list, in escrow: buyers use the copy.',
    ],
  },
  listProduct: {
    title: 'Create machine learning product',
    paragraphs: [
      'Each Next keeps a page in the catalog: a product that is half finished stays in Staging, and any browser of the account goes on with it.',
      'Nothing is public until you say so: a submitted product has limited visibility, which you and the accounts of its allowlist see.',
    ],
  },
  createVersion: {
    title: 'Add new version',
    paragraphs: ['A version is a certified resource of the same kind. Who is subscribed may use it at once.'],
  },
  products: {
    title: 'Machine learning products',
    paragraphs: [
      'Contact: who runs this installation is its operator. They look at what becomes public, and answer requests with a reason that you read under Requests.',
      'Of buyers you read account numbers, agreements and usage; never their data, and never what a model answered them.',
    ],
  },
  createTrainingJob: {
    title: 'Create training job',
    paragraphs: [
      'A training job runs an algorithm on your own data and writes model artifacts into your S3 bucket. Create a model package of both, and an endpoint of that.',
      isolated,
    ],
  },
  createTransformJob: {
    title: 'Create batch transform job',
    paragraphs: ['Data in S3, results to S3, and it ends by itself.', isolated],
  },
  createModel: { title: 'Create model', paragraphs: [isolated, hosting] },
  createEndpoint: { title: 'Create endpoint', paragraphs: [hosting, answers, secured] },
  endpoint: { title: 'Endpoint', paragraphs: [hosting, answers, secured] },
}
