import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { DescribeHyperParameterTuningJobCommandOutput } from '@aws-sdk/client-sagemaker'
import { openFixture } from '../e2e/fixture.ts'
import { instanceType, pythonJob, train } from '../e2e/jobs.ts'
import { inEveryWorld } from '../e2e/on-every-engine.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import { besiege } from './siege.ts'

/** Numbers as programs print them, and what is none. */
const oddValues = ['NaN', 'Infinity', '-Infinity', '1e999', '0x10', '1_000', '١٢', '', ' ', '__proto__', '1;accuracy=2']

/** A seller's containers whose metrics are what no metric is, behind a server that is confined to 600 MiB. */
await inEveryWorld(
  'hostile metrics',
  engine => openFixture(engine, 'contract-probe'),
  at => {
    const { confine, besideBuyer } = besiege(at)

    it('of a training job are the numbers among them, however many there are', async context => {
      const { seller } = at()
      await confine()
      const metrics = Array.from({ length: 40 }, (_, n) => ({ Name: `m${n}`, Regex: `m=(.*?);.*x*x?y?` }))
      const script = `import sys;[print('m=%s;'%v)for v in ${JSON.stringify(oddValues.slice(0, 9))}];print('m=1;'*50000);[print('m=%d;'%i*99)for i in range(5000)];print('m=7;')`
      const ran = pythonJob(seller, script)
      await besideBuyer(context, async () => {
        const AlgorithmSpecification = { ...(ran.AlgorithmSpecification as object), MetricDefinitions: metrics }
        const job = await train(seller, 'odd-metrics', {}, { AlgorithmSpecification: AlgorithmSpecification as never })
        assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
        const told = job.FinalMetricDataList ?? []
        assert.equal(told.length, 40)
        for (const { MetricName, Value } of told) assert.equal(Value, 7, MetricName)
      })
    })

    it('of a tuning job fail those of its training jobs that print no number, and it ends', async context => {
      const { seller } = at()
      await besideBuyer(context, async () => {
        const ends = await Promise.all(
          ['NaN', '1e999', 'nothing'].map(async (value, index) => {
            await tune(seller, `odd-${index}`, value)
            return tuningEnd(seller, `odd-${index}`)
          }),
        )
        for (const { HyperParameterTuningJobStatus, FailureReason, ObjectiveStatusCounters } of ends) {
          assert.deepEqual(ObjectiveStatusCounters, { Succeeded: 0, Pending: 0, Failed: 2 })
          assert.equal(HyperParameterTuningJobStatus, 'Failed')
          assert.match(FailureReason ?? '', /objective/i)
        }
      })
    })
  },
)

/** Two training jobs that print `value` for the metric that they are tuned for. */
const tune = ({ sagemaker, image, role, bucket }: Party, HyperParameterTuningJobName: string, accuracy: string) =>
  sagemaker.createHyperParameterTuningJob({
    HyperParameterTuningJobName,
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'accuracy' },
      ParameterRanges: { ContinuousParameterRanges: [{ Name: 'step', MinValue: '0.1', MaxValue: '0.9' }] },
      ResourceLimits: { MaxNumberOfTrainingJobs: 2, MaxParallelTrainingJobs: 2 },
    },
    TrainingJobDefinition: {
      AlgorithmSpecification: {
        ...{ TrainingImage: image, TrainingInputMode: 'File' },
        MetricDefinitions: [{ Name: 'accuracy', Regex: 'accuracy=(.*);' }],
      },
      ...{ RoleArn: role, StaticHyperParameters: { accuracy }, StoppingCondition: { MaxRuntimeInSeconds: 300 } },
      OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
      ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 1 },
    },
  })

const tuningEnd = ({ sagemaker }: Party, name: string): Promise<DescribeHyperParameterTuningJobCommandOutput> =>
  until(
    `tuning job ${name} ends`,
    () => sagemaker.describeHyperParameterTuningJob({ HyperParameterTuningJobName: name }),
    ({ HyperParameterTuningJobStatus = '' }) => /^(Completed|Failed|Stopped)$/.test(HyperParameterTuningJobStatus),
  )
