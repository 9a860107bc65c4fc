// Copies in Python: renamed helpers, fields in another order; and what is nearly a copy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { noFacts } from "../../../types/facts-request.ts";
import { testRules } from "../../../../../../test/support/rule-table.ts";
import { loadPythonReader } from "./read-facts.ts";

const helper = `import re

def slugify(text: str, limit: int = 40) -> str:
    """Makes a name for an address."""
    lower = text.strip().lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", lower) if part != ""]
    for at, part in enumerate(parts):
        if len(part) > limit:
            parts[at] = part[:limit]
    return "-".join(parts)
`;
const renamed = `import re


# another day
async def to_name(value, most=40):
    small: str = value.strip().lower()
    words = [w for w in re.split(r'[^a-z0-9]+', small) if w != '']
    for i, w in enumerate(words):
        if len(w) > most:
            words[i] = w[:most]
    return '-'.join(words)
`;
const model = (name: string, lines: readonly string[]): string =>
  `from pydantic import BaseModel\n\n\nclass ${name}(BaseModel):\n    """A record."""\n${lines.map((line) => `    ${line}\n`).join("")}\n    def price(self) -> int:\n        total: int = 1\n        return total\n`;
const fields = ["name: str", "seats: int = 4", "floor: int | None = None", "tags: list[str] = []", "is_open: bool"];
const shapesOf = (text: string) => loadPythonReader({ ...noFacts, shapes: true }).read("a.py", text).shapes ?? [];

test("equal fingerprints are given to what differs in its own names, types and quotes only", () => {
  const hash = (text: string): string | undefined => shapesOf(text)[0]?.hash;
  assert.ok(hash(helper) !== undefined);
  assert.equal(hash(helper), hash(renamed));
  for (const other of [
    helper.replace("strip", "lstrip"),
    helper.replace('"-".join', '"_".join'),
    helper.replace("> limit", ">= limit"),
    helper.replace("part[:limit]", "lower[:limit]"),
    helper.replace("    return", "        return"),
    helper.replace("re.split", "regex.split"),
  ])
    assert.notEqual(hash(other), hash(helper), other);
});

test("what is small, or no list of fields, has no fingerprint; one inside of another knows it", () => {
  assert.deepEqual(shapesOf("def f(a):\n    return a + 1\n\n\nclass A:\n    x = 1\n    y = 2\n    z = 3\n    w = 4\n"), []);
  assert.deepEqual(shapesOf("").length, 0);
  const nested = shapesOf(
    `def outer(rows):\n${helper
      .split("\n")
      .slice(2)
      .map((line) => `    ${line}`)
      .join("\n")}\n    return sorted([slugify(row, 3) for row in rows if row], key=len)\n`,
  );
  assert.deepEqual(nested.map((one) => [one.name, one.around]), [["outer", undefined], ["slugify", 0]]);
  assert.deepEqual(shapesOf(model("Room", fields)).map((one) => `${one.kind} ${one.name} ${one.members}`), ["schema Room 5"]);
});

testRules({
  "duplicates in Python: a renamed helper and a model with its fields in another order": {
    rule: "{ kind: duplicates, in: app/** }",
    files: { "app/a.py": helper, "app/b.py": renamed, "app/room.py": model("Room", fields), "app/place.py": model("Place", [...fields].reverse()) },
    expected: ["duplicates app/b.py:5", "duplicates app/room.py:4"], says: [/to_name/],
  },
  "duplicates in Python: another field, another default and tests are no copies": {
    rule: "{ kind: duplicates, in: app/** }",
    files: {
      "app/a.py": helper,
      "app/test_a.py": renamed,
      "app/b.py": helper.replace("lower()", "upper()"),
      "app/room.py": model("Room", fields),
      "app/x.py": model("X", [...fields.slice(1), "title: str"]),
      "app/y.py": model(
        "Y",
        fields.map((line) => line.replace("4", "5")),
      ),
    },
    expected: [],
  },
});

test("routes of FastAPI and Flask are counted as not seen", () => {
  const facts = loadPythonReader({ ...noFacts, routes: true }).read(
    "a.py",
    '@app.get("/rooms")\ndef rooms(): ...\n\n@router.post(\n    "/rooms")\nasync def make(): ...\n\n@bp.route("/x")\ndef x(): ...\n\n@cache.memo("get(")\ndef y(): ...\n',
  );
  assert.equal(facts.routesUnseen, 3);
});
