// Films decoded again by a player: what stands at which point of the picture at which part of the time.
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

/** One event of a film: half a minute on a machine with twenty times its load. A player that says nothing at all must end as a failed test that tells its state. */
const eventMsMax = 30_000;

/**
 * For programs of a page: `loaded(video)` resolves when a picture of it is there, `seeked(video, seconds)` when that one is. Both reject after their bound, with the player's state.
 * A load that stands still is begun anew once.
 */
export const filmWaits = `
  const stateOf = (video) => "ready " + video.readyState + ", network " + video.networkState + ", at " + video.currentTime + " of " + video.duration + " s, " + (video.error?.message ?? "no error");
  const once = (video, names, begin) => new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error("no " + names[0] + " after ${eventMsMax / 1_000} s: " + stateOf(video))), ${eventMsMax});
    for (const name of names) video.addEventListener(name, () => { clearTimeout(timer); done(); }, { once: true });
    video.addEventListener("error", () => { clearTimeout(timer); fail(new Error("no film: " + stateOf(video))); }, { once: true });
    begin();
  });
  const loaded = async (video) => {
    if (video.readyState >= 2) return;
    await once(video, ["loadeddata", "canplay", "timeupdate"], () => undefined).catch((error) => video.error === null ? once(video, ["loadeddata"], () => { video.preload = "auto"; video.load(); }) : Promise.reject(error));
  };
  // A player tells that it stands there before it shows the picture; where the same picture is still to be shown it tells no second time.
  const seeked = async (video, seconds) => {
    const shown = new Promise((done) => { video.requestVideoFrameCallback(done); setTimeout(done, 2_000); });
    await once(video, ["seeked"], () => { video.currentTime = seconds; });
    await shown;
  };`;

export interface DecodedFilm {
  readonly seconds: number;
  readonly size: readonly [number, number];
  /** For each part of the film one colour a point, as [red, green, blue]. */ readonly pictures: readonly (readonly (readonly number[])[])[];
}

/** `parts` are 0 to 1 of the film's length, `points` are [x, y] of the picture. Rejects where it is no film. */
export async function decodeFilm(
  player: Browser,
  path: string,
  asked: { readonly parts: readonly number[]; readonly points: readonly (readonly [number, number])[] },
): Promise<DecodedFilm> {
  const page = await player.newPage();
  try {
    const type = path.endsWith(".mp4") ? "video/mp4" : "video/webm";
    await page.setContent(`<video muted src="data:${type};base64,${readFileSync(path).toString("base64")}"></video>`);
    const program = `(async () => {${filmWaits}
      const video = document.querySelector("video"), { parts, points } = ${JSON.stringify(asked)};
      await loaded(video);
      const canvas = document.createElement("canvas"); canvas.width = video.videoWidth; canvas.height = video.videoHeight;
      const context = canvas.getContext("2d", { willReadFrequently: true }), pictures = [];
      for (const part of parts) {
        await seeked(video, part * video.duration);
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
