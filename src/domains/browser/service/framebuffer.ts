// The picture of a virtual screen as Xvfb keeps it in a file (XWD version 7, X11/XWDFile.h), and as PNG's raw lines. Pure.

export interface Framebuffer {
  readonly width: number;
  readonly height: number;
  /** Of the first pixel. */ readonly offset: number;
  readonly bytesPerLine: number;
  readonly isLittle: boolean;
}

/** Larger than any screen that we start. */
const sideMax = 8_192;
const headerBytesMin = 100;
const colourBytes = 12;

/** Undefined where it is none of 32 bits a pixel, or not written whole yet. */
export function parseFramebuffer(bytes: Uint8Array): Framebuffer | undefined {
  if (bytes.byteLength < headerBytesMin) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const field = (index: number): number => view.getUint32(index * 4);
  const [headerBytes, version, width, height, byteOrder, bitsPerPixel, bytesPerLine, colours] = [field(0), field(1), field(4), field(5), field(7), field(11), field(12), field(19)];
  const offset = headerBytes + colours * colourBytes;
  const isOne =
    version === 7 &&
    bitsPerPixel === 32 &&
    width > 0 &&
    width <= sideMax &&
    height > 0 &&
    height <= sideMax &&
    bytesPerLine >= width * 4 &&
    offset + bytesPerLine * height <= bytes.byteLength;
  return isOne ? { width, height, offset, bytesPerLine, isLittle: byteOrder === 0 } : undefined;
}

/** Red, green and blue of each pixel, each line with PNG's filter 0 before it. */
export function rawLines(bytes: Uint8Array, { width, height, offset, bytesPerLine, isLittle }: Framebuffer): Uint8Array<ArrayBuffer> {
  const lines = new Uint8Array(height * (1 + width * 3));
  const [red, green, blue] = isLittle ? [2, 1, 0] : [1, 2, 3];
  for (let y = 0, to = 0; y < height; y++) {
    to++;
    for (let x = 0, from = offset + y * bytesPerLine; x < width; x++, from += 4) {
      lines[to++] = bytes[from + red] ?? 0;
      lines[to++] = bytes[from + green] ?? 0;
      lines[to++] = bytes[from + blue] ?? 0;
    }
  }
  return lines;
}
