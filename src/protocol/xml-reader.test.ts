import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { escapeXml } from './xml.ts'
import { readXmlDocument, XmlError } from './xml-reader.ts'

const read = async (text: string) => plain((await readXmlDocument(Buffer.from(text))).value)
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const refused = (text: string, problem: RegExp) =>
  assert.rejects(
    readXmlDocument(Buffer.from(text)),
    (error: Error) => error instanceof XmlError && problem.test(error.message),
  )

describe('XML of requests', () => {
  it('is read as clients write it', async () => {
    assert.equal(await read('<?xml version="1.0"?>\n<!-- c -->\n<a>&amp;&#65;&#x1F600;&lt;</a>\n'), '&A😀<')
    assert.deepEqual(await read('<a>\n  <b>1</b>\n  <b/>\n  <c> x </c>\n</a>'), { b: ['1', ''], c: ' x ' })
    assert.deepEqual(await read(`<a x="1" y:z='&quot;'>t</a>`), { '#text': 't', x: '1', 'y:z': '"' })
    assert.equal(await read('<a><![CDATA[<&>]]></a>'), '<&>')
    assert.deepEqual(await read('<a xmlns="u"><b/></a>'), { xmlns: 'u', b: '' })
  })

  it('gives any text back that was escaped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async text => {
        const wrapped = `<a><Key>${escapeXml(text.replaceAll('\0', ''))}</Key></a>`
        assert.deepEqual(await read(wrapped), { Key: text.replaceAll('\0', '') })
      }),
    )
  })

  it('may name elements as JavaScript names what objects inherit', async () => {
    const { value } = await readXmlDocument(Buffer.from('<a><__proto__>1</__proto__><constructor>2</constructor></a>'))
    assert.deepEqual(Object.entries(value as object), [
      ['__proto__', '1'],
      ['constructor', '2'],
    ])
  })

  it('is refused when it is not well formed', async () => {
    for (const text of [
      '',
      '<a',
      '<a>',
      '<a></b>',
      '</a>',
      '<a/><b/>',
      'x<a/>',
      '<a b=c/>',
      '<a b="1" b="2"/>',
      '<a>&foo;</a>',
    ])
      await refused(text, /./)
    await refused('<a>&#0;</a>', /unknown reference/)
    await refused('<a>&#xD800;</a>', /unknown reference/)
    await assert.rejects(readXmlDocument(Buffer.from([60, 97, 62, 0xff, 60, 47, 97, 62])), /UTF-8/)
  })

  it('is refused with entities of its own, and beyond its bounds', async () => {
    await refused('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', /document type/)
    await refused(`<a>${'<b/>'.repeat(100_000)}</a>`, /100000 elements/)
    await refused('<a>'.repeat(40), /nested/)
    await refused(`<a ${Array.from({ length: 20 }, (_, n) => `x${n}="1"`).join(' ')}/>`, /attributes/)
  })

  it('lets others have their turn', async () => {
    let turns = 0
    const tick = setInterval(() => turns++, 0)
    await readXmlDocument(Buffer.from(`<a>${'<b><c>1</c></b>'.repeat(40_000)}</a>`))
    clearInterval(tick)
    assert.ok(turns > 5, `${turns} turns`)
  })
})
