import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { definitionMistake, memberOf, withMember } from './definition-mistake.ts'
import { hyperParameterSpecifications, trainingJobDefinition, transformJobDefinition } from './definition-shapes.ts'
import { transformTemplate } from './product-values.ts'

interface Shape {
  readonly type: string
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
  readonly member?: { readonly shape: string }
  readonly enum?: readonly string[]
}

it('the facts are the server’s own', async () => {
  const file = new URL('../../../src/model/sagemaker.json', import.meta.url)
  const { shapes } = JSON.parse(await readFile(file, 'utf8')) as { shapes: Readonly<Record<string, Shape>> }
  const simple: Readonly<Record<string, string>> = { integer: 'number', long: 'number', double: 'number' }
  const shapeOf = (name: string): unknown => {
    const { type, members = {}, member, enum: words } = shapes[name] as Shape
    if (type === 'structure')
      return Object.fromEntries(Object.entries(members).map(([key, { shape }]) => [key, shapeOf(shape)]))
    if (type === 'list') return { list: shapeOf(member?.shape ?? '') }
    // Instance types are many, and more come: the server looks at them.
    return words && words.length < 12 ? words : (simple[type] ?? type)
  }
  assert.deepEqual(transformJobDefinition, shapeOf('TransformJobDefinition'))
  assert.deepEqual(trainingJobDefinition, shapeOf('TrainingJobDefinition'))
  assert.deepEqual(hyperParameterSpecifications, shapeOf('HyperParameterSpecifications'))
})

it('a template fits; what does not is told by the name of its member', () => {
  const template = transformTemplate()
  const mistake = (document: unknown) => definitionMistake(document, transformJobDefinition)?.text
  assert.equal(mistake(template), undefined)
  assert.equal(mistake([]), 'The document must be an object.')
  assert.match(mistake({ ...template, MaxPayload: 6 }) ?? '', /^MaxPayload is no member\. There are .*MaxPayloadInMB/)
  assert.equal(mistake({ ...template, MaxPayloadInMB: '6' }), 'MaxPayloadInMB must be a number.')
  assert.equal(
    mistake(withMember(template, 'TransformInput.SplitType', 'Lines')),
    'TransformInput.SplitType must be None, Line, RecordIO or TFRecord.',
  )
  assert.equal(mistake({ Environment: { A: 1 } }), 'Environment must be an object of texts.')
  const channel = { ChannelName: 'train', InputMode: 'Files' }
  assert.deepEqual(definitionMistake({ InputDataConfig: [channel] }, trainingJobDefinition), {
    path: ['InputDataConfig', 0, 'InputMode'],
    text: 'InputDataConfig[0].InputMode must be Pipe, File or FastFile.',
  })
})

it('a member is read and changed where it is', () => {
  const changed = withMember(transformTemplate(), 'TransformInput.ContentType', 'image/png')
  assert.equal(memberOf(changed, 'TransformInput.ContentType'), 'image/png')
  assert.equal(memberOf(changed, 'TransformInput.SplitType'), 'None')
  assert.equal(memberOf('nothing', 'TransformInput.SplitType'), '')
})
