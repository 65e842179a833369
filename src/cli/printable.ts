import { Writable } from 'node:stream'

/** Controls but the tab and the end of a line. JSON has none of them, so that it stays what it is. */
const controls = /[^\P{Cc}\t\n]/gu

/**
 * What commands write goes through here: titles, reasons, log lines and names are others' words, and a terminal obeys some of them. Each control
 * character becomes a space. It is a terminal where the stream is one. Ends nothing when it ends.
 */
export const printable = (out: Writable): Writable =>
  Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk, _, done) {
        if (out.write(String(chunk).replaceAll(controls, ' '))) done()
        else out.once('drain', done)
      },
    }),
    { isTTY: 'isTTY' in out && out.isTTY === true },
  )
