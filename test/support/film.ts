// Films decoded again by a player: what stands at which point of the picture at which part of the time.
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

export interface DecodedFilm { readonly seconds: number; readonly size: readonly [number, number]; /** For each part of the film one colour a point, as [red, green, blue]. */ readonly pictures: readonly (readonly (readonly number[])[])[] }

/** `parts` are 0 to 1 of the film's length, `points` are [x, y] of the picture. Rejects where it is no film. */
export async function decodeFilm(player: Browser, path: string, asked: { readonly parts: readonly number[]; readonly points: readonly (readonly [number, number])[] }): Promise<DecodedFilm> {
  const page = await player.newPage();
  try {
    const type = path.endsWith(".mp4") ? "video/mp4" : "video/webm";
    await page.setContent(`<video muted src="data:${type};base64,${readFileSync(path).toString("base64")}"></video>`);
    const program = `(async () => {
      const video = document.querySelector("video"), { parts, points } = ${JSON.stringify(asked)};
      if (video.readyState < 2) await new Promise((done, fail) => { video.onloadeddata = done; video.onerror = () => fail(new Error("no film: " + video.error.message)); });
      const canvas = document.createElement("canvas"); canvas.width = video.videoWidth; canvas.height = video.videoHeight;
      const context = canvas.getContext("2d", { willReadFrequently: true }), pictures = [];
      for (const part of parts) {
        await new Promise((done) => { video.onseeked = done; video.currentTime = part * video.duration; });
        context.drawImage(video, 0, 0);
        pictures.push(points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)]));
      }
      return { pictures, seconds: video.duration, size: [canvas.width, canvas.height] };
    })()`;
    return await page.evaluate(program) as DecodedFilm; // the program above
  } finally { await page.close(); }
}

/** The colours of a picture at these points. Rejects where it is none. */
export async function decodePicture(player: Browser, path: string, points: readonly (readonly [number, number])[]): Promise<readonly (readonly number[])[]> {
  const page = await player.newPage();
  try {
    const program = `(async () => {
      const picture = new Image();
      picture.src = "data:image/png;base64,${readFileSync(path).toString("base64")}";
      await picture.decode();
      const canvas = document.createElement("canvas"); canvas.width = picture.naturalWidth; canvas.height = picture.naturalHeight;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(picture, 0, 0);
      return ${JSON.stringify(points)}.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)]);
    })()`;
    return await page.evaluate(program) as number[][]; // the program above
  } finally { await page.close(); }
}
