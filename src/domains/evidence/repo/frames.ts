// Pictures of a recording on the disk while it runs: JPEG after JPEG in one file, so that memory holds none of them.
import { openSync, closeSync, readSync, writeSync } from "node:fs";
import type { Frame, Recording } from "../types/index.ts";

/** About two minutes of a page that never rests; a film keeps its last minute anyway. */
const framesBytesMax = 400 * 1024 * 1024;
const framesMax = 6_000;

export interface FrameWriter {
  /** One JPEG, seen `atMs` after the start. Dropped and counted where the recording is at its bound. */
  add(jpeg: Uint8Array, atMs: number): void;
  /** Closes the file. */
  end(endMs: number): Recording;
}

export function openFrames(framesPath: string, size: { readonly width: number; readonly height: number }): FrameWriter {
  const handle = openSync(framesPath, "wx", 0o600);
  const frames: Frame[] = [];
  let offset = 0, omittedFrames = 0;
  return {
    add(jpeg, atMs) {
      if (frames.length >= framesMax || offset + jpeg.byteLength > framesBytesMax) { omittedFrames++; return; }
      writeSync(handle, jpeg);
      frames.push({ atMs, offset, length: jpeg.byteLength });
      offset += jpeg.byteLength;
    },
    end(endMs) {
      closeSync(handle);
      return { version: 1, ...size, framesPath, frames, endMs, omittedFrames };
    },
  };
}

export interface FrameReader { read(frame: Frame): Uint8Array; close(): void }
export function readFrames(framesPath: string): FrameReader {
  const handle = openSync(framesPath, "r");
  return {
    read({ offset, length }) {
      const bytes = new Uint8Array(length);
      readSync(handle, bytes, 0, length, offset);
      return bytes;
    },
    close() { closeSync(handle); },
  };
}
