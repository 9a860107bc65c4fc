// The program that makes a film inside a browser: text, because it runs in a page and not here. WebCodecs encode, Mediabunny writes the container.

/** In order: what forges and players show, then what every build of Chromium has. */
export const codecs = [
  { name: "H.264", codec: "avc", probe: "avc1.4d0028", mediaType: "video/mp4" },
  { name: "VP9", codec: "vp9", probe: "vp09.00.31.08", mediaType: "video/webm" },
  { name: "VP8", codec: "vp8", probe: "vp8", mediaType: "video/webm" },
] as const;

/** What the page gets with each call; `frames` are fetched from beside the page by their number. */
export interface EncodeRequest {
  readonly width: number;
  readonly height: number;
  readonly bitrate: number;
  readonly frames: readonly { readonly atMs: number; readonly durationMs: number }[];
  readonly codecs: typeof codecs;
}
/** `base64` is the film; `reason` says why there is none. */
export type EncodeAnswer = { readonly base64: string; readonly codec: string; readonly mediaType: string } | { readonly reason: string };

/** An expression: a function of an EncodeRequest that resolves to an EncodeAnswer. Needs the global `Mediabunny`. */
export const encoderProgram = `async (request) => {
  if (typeof VideoEncoder === "undefined") return { reason: "this browser has no WebCodecs" };
  const { Output, BufferTarget, Mp4OutputFormat, WebMOutputFormat, VideoSampleSource, VideoSample } = globalThis.Mediabunny;
  const size = { width: request.width, height: request.height, bitrate: request.bitrate };
  let chosen;
  for (const one of request.codecs) {
    const support = await VideoEncoder.isConfigSupported({ codec: one.probe, ...size }).catch(() => ({ supported: false }));
    if (support.supported) { chosen = one; break; }
  }
  if (chosen === undefined) return { reason: "this browser encodes none of " + request.codecs.map((one) => one.name).join(", ") };
  const target = new BufferTarget();
  const output = new Output({ format: chosen.mediaType === "video/mp4" ? new Mp4OutputFormat({ fastStart: "in-memory" }) : new WebMOutputFormat(), target });
  const source = new VideoSampleSource({ codec: chosen.codec, bitrate: request.bitrate, keyFrameInterval: 2, latencyMode: "quality" });
  output.addVideoTrack(source);
  await output.start();
  const canvas = new OffscreenCanvas(request.width, request.height), context = canvas.getContext("2d", { alpha: false });
  const load = async (index) => createImageBitmap(await (await fetch("frames/" + index)).blob());
  const coming = []; // the next ones are on their way while one is encoded
  for (let index = 0, asked = 0; index < request.frames.length; index++) {
    while (asked < request.frames.length && coming.length < 6) coming.push(load(asked++));
    const frame = request.frames[index];
    const picture = await coming.shift();
    context.drawImage(picture, 0, 0, request.width, request.height);
    picture.close();
    const sample = new VideoSample(canvas, { timestamp: frame.atMs / 1000, duration: frame.durationMs / 1000 });
    await source.add(sample);
    sample.close();
  }
  await output.finalize();
  const bytes = new Uint8Array(target.buffer);
  let text = "";
  for (let start = 0; start < bytes.length; start += 32768) text += String.fromCharCode(...bytes.subarray(start, start + 32768));
  return { base64: btoa(text), codec: chosen.name, mediaType: chosen.mediaType };
}`;
