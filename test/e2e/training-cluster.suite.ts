import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { unpackTar } from 'modern-tar'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import { pushImage } from '../../src/cli/push-image.ts'
import type { Fixture } from './fixture.ts'
import { download, logLines, train, trainingEnd } from './jobs.ts'
import { input, programRequest, result } from './training-program.ts'
import { assertTells } from './world.ts'

interface Regression {
  readonly weights: number[]
  readonly loss: number
  readonly rows: number
  readonly hosts: number
  readonly own_rows: number
}

/** Training jobs of several instances. */
export function trainingClusterSuite(at: () => Fixture): void {
  const put = (Key: string, Body: string) => at().seller.s3.putObject({ Bucket: at().seller.bucket, Key, Body })
  const uri = (key: string) => `s3://${at().seller.bucket}/${key}`

  it('averages gradients over three hosts, each with a shard, to the known answer', async () => {
    const { seller, engine } = at()
    const local = (await ensureExample(engine, 'gradient-ring')) as string
    const { repository } = await seller.ecr.createRepository({ repositoryName: 'gradient-ring' })
    const image = await pushImage(engine, local, repository?.repositoryUri as string, seller)
    // y = 2a - 3b + 0.5, without noise, in files of different length.
    let rows = 0
    for (let file = 0; file < 7; file++) {
      const lines = Array.from({ length: 10 + file * 5 }, (_, index) => {
        const [a, b] = [Math.sin(index + file * 31), Math.cos(index * 2 + file * 17)]
        return `${a},${b},${2 * a - 3 * b + 0.5}`
      })
      rows += lines.length
      await put(`ring/part-${file}.csv`, `${lines.join('\n')}\n`)
    }
    const job = await train(
      seller,
      'ring',
      { steps: '150' },
      {
        AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
        ResourceConfig: { InstanceType: 'ml.t3.medium', InstanceCount: 3, VolumeSizeInGB: 1 },
        InputDataConfig: [input('training', uri('ring/'), { S3DataDistributionType: 'ShardedByS3Key' })],
      },
    )
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    const [model] = await unpack(await download(seller, job.ModelArtifacts?.S3ModelArtifacts as string))
    const outputs = await unpack(await download(seller, uri('out/ring/output/output.tar.gz')))
    const { weights, loss, rows: seen, hosts } = JSON.parse(model?.text ?? '') as Regression
    assert.deepEqual([hosts, seen], [3, rows])
    assert.ok(loss < 1e-9, `the loss is ${loss}`)
    for (const [index, expected] of [2, -3, 0.5].entries())
      assert.ok(Math.abs((weights[index] ?? 0) - expected) < 1e-4, `the weights are ${weights}`)
    const own = outputs.map(({ text }) => JSON.parse(text) as Regression)
    assert.deepEqual(outputs.map(({ name }) => name).sort(), ['algo-1.json', 'algo-2.json', 'algo-3.json'])
    assert.equal(
      own.reduce((sum, { own_rows }) => sum + own_rows, 0),
      rows,
    )
    assert.ok(own.every(({ own_rows }) => own_rows > 0 && own_rows < rows))
    for (const each of own) assert.deepEqual(each.weights, weights)
    const lines = await logLines(seller, '/aws/sagemaker/TrainingJobs', 'ring/algo-3')
    assert.ok(lines.some(line => line.startsWith('step=149; loss=')))
  })

  it('gives each host of an instance group its place and its channels', async () => {
    const { seller } = at()
    await put('groups/a', 'a')
    await put('groups/b', 'b')
    const program = `
import socket
own=config('resourceconfig')
own['channels']=sorted(os.listdir(ML+'input/data'))
own['configured']=sorted(config('inputdataconfig'))
own['shard']=sorted(os.listdir(ML+'input/data/shards')) if 'shards' in own['channels'] else None
own['peers']=[socket.gethostbyname(h)!='127.0.0.1' for h in own['hosts']]
save(own,'output/data/'+own['current_host']+'.json')
if own['current_host']=='algo-1': save('one')
else: save('two')
save(own['current_host'],'model/'+own['current_host'])
`
    const group = (
      InstanceGroupName: string,
      InstanceType: 'ml.c5.xlarge' | 'ml.t3.medium',
      InstanceCount: number,
    ) => ({
      ...{ InstanceGroupName, InstanceType, InstanceCount },
    })
    await seller.sagemaker.createTrainingJob(
      programRequest(seller, 'groups', program, {
        ResourceConfig: {
          InstanceGroups: [group('workers', 'ml.c5.xlarge', 2), group('feeder', 'ml.t3.medium', 1)],
          VolumeSizeInGB: 1,
        },
        InputDataConfig: [
          input('all', uri('groups/')),
          input('shards', uri('groups/'), {
            S3DataDistributionType: 'ShardedByS3Key',
            InstanceGroupNames: ['workers'],
          }),
        ],
      }),
    )
    const job = await trainingEnd(seller, 'groups')
    assert.equal(await result(seller, job), 'one', 'where hosts wrote the same name, the first is kept')
    const hosts = ['algo-1', 'algo-2', 'algo-3']
    const seen = await Promise.all(
      hosts.map(async host =>
        JSON.parse((await download(seller, uri(`out/groups/output/data/${host}.json`))).toString()),
      ),
    )
    const groups = [
      { instance_group_name: 'workers', instance_type: 'ml.c5.xlarge', hosts: ['algo-1', 'algo-2'] },
      { instance_group_name: 'feeder', instance_type: 'ml.t3.medium', hosts: ['algo-3'] },
    ]
    for (const own of seen)
      assert.deepEqual([own.hosts, own.instance_groups, own.peers], [hosts, groups, [true, true, true]])
    assert.deepEqual(
      seen.map(own => own.current_group_name),
      ['workers', 'workers', 'feeder'],
    )
    assert.deepEqual(
      seen.map(own => own.current_instance_type),
      ['ml.c5.xlarge', 'ml.c5.xlarge', 'ml.t3.medium'],
    )
    assert.deepEqual(
      seen.map(own => own.shard),
      [['a'], ['b'], null],
    )
    assert.deepEqual(
      seen.map(own => own.configured),
      [['all', 'shards'], ['all', 'shards'], ['all']],
    )
    for (const host of hosts)
      assert.equal((await download(seller, uri(`out/groups/output/model/${host}`))).toString(), `"${host}"`)
  })

  it('streams sharded and shuffled pipes: together the hosts get everything, in each epoch another share', async () => {
    const { seller } = at()
    const names = [...'abcdefghijklmnop']
    for (const name of names) await put(`shards/${name}`, name)
    const program = `save([pipe('data',epoch).read().decode() for epoch in range(3)],'model/'+config('resourceconfig')['current_host'])`
    await seller.sagemaker.createTrainingJob(
      programRequest(seller, 'pipe-shards', program, {
        mode: 'Pipe',
        ResourceConfig: { InstanceType: 'ml.t3.medium', InstanceCount: 2, VolumeSizeInGB: 1 },
        InputDataConfig: [
          input('data', uri('shards/'), { S3DataDistributionType: 'ShardedByS3Key' }, { ShuffleConfig: { Seed: 3 } }),
        ],
      }),
    )
    const job = await trainingEnd(seller, 'pipe-shards')
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    const read = async (host: string) =>
      JSON.parse((await download(seller, `${job.ModelArtifacts?.S3ModelArtifacts}/${host}`)).toString()) as string[]
    const [first, second] = [await read('algo-1'), await read('algo-2')]
    for (const epoch of [0, 1, 2]) {
      assert.equal(first[epoch]?.length, 8)
      assert.equal([...`${first[epoch]}${second[epoch]}`].sort().join(''), names.join(''))
    }
    const shares = new Set(first.map(epoch => [...epoch].sort().join('')))
    assert.ok(shares.size > 1, 'a host got the same share in every epoch')
  })

  it('ends with the reason of the host that failed first, and does not wait for the others', async () => {
    const { seller } = at()
    const program = `
import signal
if config('resourceconfig')['current_host']=='algo-2':
  time.sleep(1); open(ML+'output/failure','w').write('the second host is out of luck'); sys.exit(7)
signal.signal(signal.SIGTERM,lambda *_:sys.exit(5))
time.sleep(3600)
`
    await seller.sagemaker.createTrainingJob(
      programRequest(seller, 'host-fails', program, {
        ResourceConfig: { InstanceType: 'ml.t3.medium', InstanceCount: 2, VolumeSizeInGB: 1 },
      }),
    )
    const job = await trainingEnd(seller, 'host-fails')
    assert.equal(job.TrainingJobStatus, 'Failed')
    assertTells(job.FailureReason, [/^AlgorithmError: algo-2: the second host is out of luck, exit code: 7/])
  })
}

async function unpack(archive: Buffer): Promise<{ name: string; text: string }[]> {
  const entries = await unpackTar(gunzipSync(archive))
  return entries.map(({ header, data }) => ({ name: header.name, text: Buffer.from(data ?? []).toString() }))
}
