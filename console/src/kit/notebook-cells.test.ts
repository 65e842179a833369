import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readNotebook } from './notebook-cells.ts'

const notebook = (cells: readonly unknown[]) => JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })
const code = (outputs: readonly unknown[]) => notebook([{ cell_type: 'code', source: ['a = 1\n', 'a'], outputs }])

describe('a notebook', () => {
  it('is its Markdown, its code, and what that has written', () => {
    const { cells, isCut } = readNotebook(
      notebook([
        { cell_type: 'markdown', source: '# Prices' },
        {
          ...{ cell_type: 'code', source: ['print(1)\n', '2'] },
          outputs: [
            { output_type: 'stream', name: 'stdout', text: ['1\n'] },
            { output_type: 'execute_result', data: { 'text/plain': '2' } },
            { output_type: 'error', ename: 'ValueError', evalue: 'no', traceback: ['…'] },
          ],
        },
      ]),
    )
    assert.equal(isCut, false)
    assert.deepEqual(cells, [
      { kind: 'markdown', source: '# Prices', outputs: [] },
      { kind: 'code', source: 'print(1)\n2', outputs: [{ text: '1\n' }, { text: '2' }, { text: 'ValueError: no' }] },
    ])
  })

  it('shows no HTML, no SVG, no JavaScript, and no picture that is not base64', () => {
    const data = {
      'text/html': '<b>x</b>',
      'image/svg+xml': '<svg/>',
      'application/javascript': 'x',
      'image/png': '"><script>',
    }
    assert.deepEqual(readNotebook(code([{ output_type: 'display_data', data }])).cells[0]?.outputs, [])
    const png = { 'image/png': 'iVBORw0KGgo=\n', 'text/plain': '<Figure>' }
    const [cell] = readNotebook(code([{ output_type: 'display_data', data: png }])).cells
    assert.deepEqual(cell?.outputs, [{ picture: 'iVBORw0KGgo=' }])
  })

  it('is cut where it is too much, and says so', () => {
    const long = readNotebook(notebook([{ cell_type: 'raw', source: 'x'.repeat(60_000) }]))
    assert.deepEqual([long.cells[0]?.source.length, long.isCut], [50_000, true])
    const many = readNotebook(notebook(Array.from({ length: 600 }, () => ({ cell_type: 'code', source: '' }))))
    assert.deepEqual([many.cells.length, many.isCut], [500, true])
  })

  it('is refused where it is none; whatever else stands in one is read or left out', () => {
    for (const text of ['null', '[]', '{}', '{"nbformat": 3, "worksheets": []}', 'no JSON'])
      assert.throws(() => readNotebook(text), Error, text)
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), cells => {
        for (const { source, outputs } of readNotebook(notebook(cells)).cells)
          assert.equal(typeof source === 'string' && Array.isArray(outputs), true)
      }),
    )
  })
})
