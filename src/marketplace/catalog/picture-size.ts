/** Pixels of a picture. */
export interface PictureSize {
  readonly width: number
  readonly height: number
}

/**
 * How large a PNG, JPEG or GIF is, by its header (PNG third edition, IHDR; ITU-T T.81, start of frame; GIF89a, logical screen). Undefined for
 * what is none of them.
 */
export function pictureSize(file: Buffer): PictureSize | undefined {
  if (file.subarray(0, 8).equals(pngSignature) && file.length >= 24)
    return { width: file.readUInt32BE(16), height: file.readUInt32BE(20) }
  if (/^GIF8[79]a$/.test(file.toString('latin1', 0, 6)) && file.length >= 10)
    return { width: file.readUInt16LE(6), height: file.readUInt16LE(8) }
  return file.subarray(0, 2).equals(jpegStart) ? jpegSize(file) : undefined
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const jpegStart = Buffer.from([0xff, 0xd8])

/** Segment by segment, up to the one that begins a frame; DHT, JPG and DAC lie in its range and are none. */
function jpegSize(file: Buffer): PictureSize | undefined {
  for (let at = 2; at + 9 <= file.length && file[at] === 0xff; at += 2 + file.readUInt16BE(at + 2)) {
    const marker = file[at + 1] ?? 0
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { height: file.readUInt16BE(at + 5), width: file.readUInt16BE(at + 7) }
  }
  return undefined
}
