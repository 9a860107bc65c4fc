import assert from "node:assert/strict";
import { test } from "node:test";
import { touchedJourneys, type JourneyPlace } from "./touched.ts";

const journey = (more: Partial<JourneyPlace> = {}): JourneyPlace => ({
  id: "pay",
  name: "Pay",
  entry: "/pay",
  file: "docs/journeys/pay.md",
  covers: ["src/pay/**"],
  isPlayable: true,
  ...more,
});

test("touchedJourneys() finds a journey by what it covers, by its own file and by an entry that is a file, and tells which path it was", () => {
  const check = (paths: readonly string[], place: JourneyPlace, expected: readonly string[]) =>
    assert.deepEqual(
      touchedJourneys([place], paths).map(({ because }) => because),
      expected,
      paths.join(),
    );
  check(["README.md", "src/pay/total.ts"], journey(), ["src/pay/total.ts"]);
  check(["src/payment.ts"], journey(), []);
  check(["docs/journeys/pay.md"], journey({ covers: [] }), ["docs/journeys/pay.md"]);
  check(["docs/journeys/other.md"], journey({ covers: [] }), []);
  check(["site/index.html"], journey({ covers: [], entry: "/site/index.html" }), ["site/index.html"]);
  check([], journey(), []);
});
