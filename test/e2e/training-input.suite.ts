import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Channel } from '@aws-sdk/client-sagemaker'
import type { Fixture } from './fixture.ts'
import { download, trainingEnd } from './jobs.ts'
import { input, programRequest, result } from './training-program.ts'
import { assertRefused, assertTells } from './world.ts'

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex')

function record(content: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0xced7230a, 0)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content, Buffer.alloc((4 - (content.length % 4)) % 4)])
}

/** What channels give to the container, mode by mode. */
export function trainingInputSuite(at: () => Fixture): void {
  const put = (Key: string, Body: Uint8Array | string) => {
    const { seller } = at()
    return seller.s3.putObject({ Bucket: seller.bucket, Key, Body })
  }
  const uri = (key: string) => `s3://${at().seller.bucket}/${key}`
  const run = async <Value>(name: string, program: string, mode: 'File' | 'FastFile' | 'Pipe', channels: Channel[]) => {
    const { seller } = at()
    await seller.sagemaker.createTrainingJob(programRequest(seller, name, program, { mode, InputDataConfig: channels }))
    return result<Value>(seller, await trainingEnd(seller, name))
  }

  it('streams pipes: epoch after epoch, large, unpacked, wrapped, and closed early', async () => {
    const large = Buffer.alloc(24 << 20, 'modelmart ')
    const texts = ['one\n', 'three', 'seven77'].map(text => Buffer.from(text))
    await put('pipe/large/a.bin', large)
    for (const [index, text] of texts.entries()) {
      await put(`pipe/texts/${index}.txt`, text)
      await put(`pipe/zipped/${index}.gz`, gzipSync(text))
    }
    const program = `
def sums(name): return [hashlib.sha256(pipe(name,epoch).read()).hexdigest() for epoch in (0,1)]
early=pipe('early',0)
first=len(early.read(10)); early.close()
save({'large':sums('large'),'texts':sums('texts'),'zipped':sums('zipped'),'records':sums('records'),'zipped-records':sums('zipped-records'),
 'first':first,'next':hashlib.sha256(pipe('early',1).read()).hexdigest(),
 'modes':{k:(v['TrainingInputMode'],v['RecordWrapperType']) for k,v in config('inputdataconfig').items()}})
`
    const seen = await run<Record<string, unknown>>('pipe-all', program, 'Pipe', [
      input('large', uri('pipe/large/')),
      input('early', uri('pipe/large/')),
      input('texts', uri('pipe/texts/')),
      input('zipped', uri('pipe/zipped/'), {}, { CompressionType: 'Gzip' }),
      input('records', uri('pipe/texts/'), {}, { RecordWrapperType: 'RecordIO' }),
      input('zipped-records', uri('pipe/zipped/'), {}, { CompressionType: 'Gzip', RecordWrapperType: 'RecordIO' }),
    ])
    const plain = sha256(...texts)
    const wrapped = sha256(...texts.map(record))
    assert.deepEqual(
      [seen.large, seen.texts, seen.zipped, seen.records, seen['zipped-records']],
      [
        [sha256(large), sha256(large)],
        [plain, plain],
        [plain, plain],
        [wrapped, wrapped],
        [wrapped, wrapped],
      ],
    )
    assert.deepEqual([seen.first, seen.next], [10, sha256(large)])
    assert.deepEqual((seen.modes as Record<string, unknown>)['zipped-records'], ['Pipe', 'RecordIO'])
  })

  it('shuffles the objects of a pipe anew in each epoch, the same for the same seed', async () => {
    const names = Array.from({ length: 12 }, (_, index) => String.fromCharCode(97 + index))
    for (const name of names) await put(`shuffle/${name}`, name)
    const program = `save({name:[pipe(name,epoch).read().decode() for epoch in range(3)] for name in ('first','again','other')})`
    const shuffle = (name: string, Seed: number) => input(name, uri('shuffle/'), {}, { ShuffleConfig: { Seed } })
    const { first, again, other } = await run<Record<'first' | 'again' | 'other', string[]>>(
      'pipe-shuffle',
      program,
      'Pipe',
      [shuffle('first', 7), shuffle('again', 7), shuffle('other', 8)],
    )
    const sorted = (text: string) => [...text].sort().join('')
    for (const epoch of [...first, ...other]) assert.equal(sorted(epoch), names.join(''))
    assert.equal(new Set([...first, ...other]).size, 6, 'an order came twice')
    assert.deepEqual(again, first)
  })

  it('streams the attributes of an augmented manifest, and the objects they refer to', async () => {
    await put('augmented/images/1.bin', 'IMAGE1')
    await put('augmented/images/2.bin', 'image-two')
    const lines = [1, 2].map(number =>
      JSON.stringify({ 'is-a-cat': number - 1, ignored: 'x', 'image-ref': uri(`augmented/images/${number}.bin`) }),
    )
    await put('augmented/lines.manifest', `${lines.join('\n')}\n`)
    const source = { S3DataType: 'AugmentedManifestFile' as const, AttributeNames: ['image-ref', 'is-a-cat'] }
    const program = `save({name:pipe(name,0).read().hex() for name in ('wrapped','plain')})`
    const seen = await run<Record<string, string>>('pipe-augmented', program, 'Pipe', [
      input('wrapped', uri('augmented/lines.manifest'), source, { RecordWrapperType: 'RecordIO' }),
      input('plain', uri('augmented/lines.manifest'), source),
    ])
    const parts = ['IMAGE1', '0', 'image-two', '1'].map(text => Buffer.from(text))
    assert.equal(seen.wrapped, Buffer.concat(parts.map(record)).toString('hex'))
    assert.equal(seen.plain, Buffer.concat(parts).toString('hex'))
  })

  it('says which object a pipe could not go on with, and never lets that look like the end of the data', async () => {
    const { seller } = at()
    await put('broken/1.gz', gzipSync('fine\n'))
    await put('broken/2.gz', 'this is no gzip')
    const InputDataConfig = [input('broken', uri('broken/'), {}, { CompressionType: 'Gzip' })]
    const program = `pipe('broken',0).read(); save('the pipe has ended')`
    await seller.sagemaker.createTrainingJob(
      programRequest(seller, 'pipe-broken', program, { mode: 'Pipe', InputDataConfig }),
    )
    const job = await trainingEnd(seller, 'pipe-broken')
    assert.equal(job.TrainingJobStatus, 'Failed')
    assertTells(job.FailureReason, [/^ClientError: Channel "broken": /, uri('broken/2.gz'), 'not whole gzip content'])
  })

  it('puts files in place for FastFile, read-only, and takes a prefix for a directory', async () => {
    await put('fast/train/deep/a.csv', 'inside')
    await put('fast/train_small/b.csv', 'outside')
    const program = `
base=ML+'input/data/training'
try: open(base+'/new','w'); writable=True
except OSError: writable=False
save({'files':sorted(os.path.relpath(os.path.join(d,f),base) for d,_,fs in os.walk(base) for f in fs),'writable':writable,'mode':config('inputdataconfig')['training']['TrainingInputMode']})
`
    const seen = await run('fast-file', program, 'File', [
      input('training', uri('fast/train'), {}, { InputMode: 'FastFile' }),
    ])
    assert.deepEqual(seen, { files: ['deep/a.csv'], writable: false, mode: 'FastFile' })
  })

  it('lets a container change File channels, and keeps what is in the bucket as it is', async () => {
    const { seller } = at()
    await put('changed/run.sh', 'echo kept')
    await put('changed/more/data', 'kept')
    await put('changed-fast/data', 'kept')
    const program = `
base=ML+'input/data/'
os.chmod(base+'files/run.sh',0o755); open(base+'files/run.sh','a').write(' changed'); os.remove(base+'files/more/data'); open(base+'files/new','w').write('x')
try: open(base+'fast/new','w'); writable=True
except OSError: writable=False
save({'script':open(base+'files/run.sh').read(),'there':sorted(os.listdir(base+'files')),'fast':writable,'ml':sorted(os.listdir(ML))})
`
    const seen = await run('changing', program, 'File', [
      input('files', uri('changed/')),
      input('fast', uri('changed-fast/'), {}, { InputMode: 'FastFile' }),
    ])
    // The image brings `code`.
    const ml = ['checkpoints', 'code', 'input', 'model', 'output']
    assert.deepEqual(seen, { script: 'echo kept changed', there: ['more', 'new', 'run.sh'], fast: false, ml })
    assert.equal((await download(seller, uri('changed/run.sh'))).toString(), 'echo kept')
    assert.equal((await download(seller, uri('changed/more/data'))).toString(), 'kept')
  })

  it('refuses channels that contradict their mode', async () => {
    const { seller } = at()
    const manifest = { S3DataType: 'AugmentedManifestFile' as const, AttributeNames: ['a'] }
    const cases: [RegExp, 'File' | 'Pipe', Channel[]][] = [
      [/needs InputMode Pipe/, 'File', [input('a', uri('x'), manifest)]],
      [/needs AttributeNames/, 'Pipe', [input('a', uri('x'), { ...manifest, AttributeNames: [] })]],
      [/for Pipe mode alone/, 'File', [input('a', uri('x'), {}, { CompressionType: 'Gzip' })]],
      [/for Pipe mode alone/, 'File', [input('a', uri('x'), {}, { RecordWrapperType: 'RecordIO' })]],
      [
        /FastFile mode reads an S3Prefix alone/,
        'File',
        [input('a', uri('x'), { S3DataType: 'ManifestFile' }, { InputMode: 'FastFile' })],
      ],
      [/no name of a directory/, 'File', [{ ...input('a', uri('x')), ChannelName: '..' }]],
      [/name of a pipe/, 'Pipe', [input('a', uri('x')), input('a_0', uri('x'))]],
      [/instance group "gone"/, 'File', [input('a', uri('x'), { InstanceGroupNames: ['gone'] })]],
    ]
    for (const [words, mode, InputDataConfig] of cases)
      await assertRefused(
        seller.sagemaker.createTrainingJob(programRequest(seller, 'refused', '', { mode, InputDataConfig })),
        'ValidationException',
        400,
        words,
      )
  })
}
