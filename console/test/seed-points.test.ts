import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { points as developing } from './seed-points/developing.ts'
import { points as modelPackages } from './seed-points/model-packages.ts'
import { points as products } from './seed-points/products.ts'
import { points as questions } from './seed-points/questions.ts'
import { points as resources } from './seed-points/resources.ts'
import { closeSetting, entry, open, openSetting } from './seed-points/setting.ts'

before(openSetting)
after(closeSetting)

const guides = { products, resources, modelPackages, developing, questions }

/** How many points the check list has of each guide. */
const counts = { products: 11, resources: 49, modelPackages: 40, developing: 9, questions: 22 }

/** Points that are looked at where more of the same is: the operator's scan policy, and a page with samples and a notebook. */
const elsewhere = { '3.2': 'operator.test.ts', '4.22': 'buying.test.ts' }

/** `1.21 to 1.26`, `1.31, 2.2`: each by itself. */
const numbersOf = (point: string): string[] =>
  point.split(', ').flatMap(part => {
    const [first = '', last = first] = part.split(' to ')
    const [guide, from] = first.split('.').map(Number)
    const to = Number(last.split('.')[1])
    return Array.from({ length: to - (from ?? 0) + 1 }, (_, at) => `${guide}.${(from ?? 0) + at}`)
  })

describe('what the guides tell a person to look for', () => {
  for (const points of Object.values(guides))
    for (const [point, what, look] of points)
      it(`${point}: ${what}`, async () => {
        await look()
      })

  it('are 131 points, each looked at once', () => {
    const wanted = Object.values(counts).flatMap((count, guide) =>
      Array.from({ length: count }, (_, at) => `${guide}.${at + 1}`),
    )
    const looked = Object.values(guides).flatMap(points => points.flatMap(([point]) => numbersOf(point)))
    assert.equal(wanted.length, 131)
    assert.deepEqual([...looked, ...Object.keys(elsewhere)].sort(), wanted.sort())
  })

  it('stands in the menu under the guides’ words', async () => {
    await open('sagemaker/jobs')
    for (const name of ['Training jobs', 'Models', 'Endpoint configurations', 'Endpoints']) await entry(name)
    await entry(/^(Batch )?transform jobs$/i)
  })
})
