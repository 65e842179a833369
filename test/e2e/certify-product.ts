import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureTestBase } from '../../setup/images.mjs'
import type { PresentEngine } from './engines.ts'

/** How a product on disk differs from the contract probe, which keeps every rule. */
export interface Deviation {
  /** Lines of its Dockerfile after the probe's own. */
  readonly dockerfile?: readonly string[]
  /** Replaces text in the probe's programs. */
  readonly program?: Readonly<Record<string, readonly [before: string, after: string]>>
  readonly hyperParameters?: Readonly<Record<string, string>>
  readonly answers?: readonly string[]
  /** Of its training job; a minute when absent. */
  readonly maxRuntimeInSeconds?: number
  /** It brings its model and trains nothing. */
  readonly modelPackage?: boolean
}

export interface ProductDirectory {
  readonly path: string
  readonly name: string
  remove(): Promise<void>
}

const probe = new URL('../../examples/contract-probe/', import.meta.url).pathname
const instances = ['ml.c7i.large']

/** Writes a product as a seller keeps it: product.json, a build context, sample data. */
export async function writeProduct(engine: PresentEngine, name: string, how: Deviation): Promise<ProductDirectory> {
  const path = await mkdtemp(join(tmpdir(), `modelmart-${name}-`))
  const container = join(path, 'container')
  await cp(probe, container, { recursive: true })
  const base: string = await ensureTestBase(engine)
  const dockerfile = (await readFile(join(container, 'Dockerfile'), 'utf8'))
    .replace(/^ARG BASE$/m, '')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a Dockerfile's own
    .replace('${BASE}', base)
  // The label makes each product's image one of its own.
  const lines = [dockerfile, `LABEL product=${name}`, ...(how.dockerfile ?? []), '']
  await writeFile(join(container, 'Dockerfile'), lines.join('\n'))
  for (const [file, [before, after]] of Object.entries(how.program ?? {})) {
    const program = join(container, 'program', file)
    const text = await readFile(program, 'utf8')
    if (!text.includes(before)) throw new Error(`${file} of the contract probe does not hold: ${before}`)
    await writeFile(program, text.replace(before, after))
  }
  for (const folder of ['data/training', 'data/inference']) {
    await mkdir(join(path, folder), { recursive: true })
    await writeFile(join(path, folder, 'rows.csv'), '5.1,3.5\n6.3,3.3\n')
  }
  if (how.modelPackage) {
    const header = { name: 'weights', size: 3 }
    await writeFile(join(path, 'model.tar.gz'), gzipSync(await packTar([{ header, body: 'abc' }])))
  }
  await writeFile(join(path, 'product.json'), JSON.stringify(description(name, how), undefined, 2))
  return { path, name, remove: () => rm(path, { recursive: true, force: true }) }
}

const dataSource = (S3Uri: string) => ({ S3DataSource: { S3DataType: 'S3Prefix', S3Uri } })

const description = (name: string, how: Deviation) => {
  const { TrainingSpecification, ...rest } = algorithm(name, how)
  if (!how.modelPackage) return { ProductType: 'Algorithm', AlgorithmName: name, TrainingSpecification, ...rest }
  for (const profile of rest.ValidationSpecification.ValidationProfiles)
    Reflect.deleteProperty(profile, 'TrainingJobDefinition')
  return { ProductType: 'ModelPackage', ModelPackageName: name, Model: { Artifact: 'model.tar.gz' }, ...rest }
}

const algorithm = (
  name: string,
  { hyperParameters = {}, answers = ['text/csv'], maxRuntimeInSeconds = 60 }: Deviation,
) => ({
  Image: { BuildContext: 'container', Repository: name },
  TrainingSpecification: {
    SupportedTrainingInstanceTypes: instances,
    MetricDefinitions: [{ Name: 'accuracy', Regex: 'accuracy=([0-9.]+);' }],
    TrainingChannels: [{ Name: 'training', SupportedContentTypes: ['text/csv'], SupportedInputModes: ['File'] }],
    SupportedHyperParameters: Object.keys(hyperParameters).map(Name => ({ Name, Type: 'FreeText' })),
  },
  InferenceSpecification: {
    SupportedTransformInstanceTypes: instances,
    SupportedRealtimeInferenceInstanceTypes: instances,
    SupportedContentTypes: ['text/csv'],
    SupportedResponseMIMETypes: answers,
  },
  Delivery: { InputProperties: { SampleInput: { RealtimeInferenceText: '5.1,3.5\n' } } },
  ValidationSpecification: {
    ValidationProfiles: [
      {
        ProfileName: 'probe',
        TrainingJobDefinition: {
          TrainingInputMode: 'File',
          HyperParameters: hyperParameters,
          InputDataConfig: [
            { ChannelName: 'training', ContentType: 'text/csv', DataSource: dataSource('data/training/') },
          ],
          ResourceConfig: { InstanceType: instances[0], InstanceCount: 1, VolumeSizeInGB: 1 },
          StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeInSeconds },
        },
        TransformJobDefinition: {
          MaxPayloadInMB: 2,
          TransformInput: { ContentType: 'text/csv', SplitType: 'Line', DataSource: dataSource('data/inference/') },
          TransformOutput: { Accept: answers[0] },
          TransformResources: { InstanceType: instances[0], InstanceCount: 1 },
        },
      },
    ],
  },
})
