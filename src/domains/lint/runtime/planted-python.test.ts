// Python: one violation for every form of import in clean code is found exactly once, at its line; its nearest allowed neighbour is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildTree, shortly } from "../../../../test/support/lint-house.ts";

const configuration = `
version: 1
domains: src/app/domains/*
layers: [types, config, repo, service, runtime]
providers: { path: src/app/providers, packages: [structlog] }
rules:
  - { name: no-processes, from: "src/app/domains/**", to: [subprocess, boto3], why: "processes are run by Providers", fix: "Use the Provider." }
`;

const clean: Readonly<Record<string, string>> = {
  "pyproject.toml": "[project]\nname = \"house\"\n\n[tool.setuptools.packages.find]\nwhere = [\"src\"]\n",
  "src/app/__init__.py": "",
  "src/app/domains/__init__.py": "",
  "src/app/domains/rooms/__init__.py": "from .types.kinds import thing\n\n__all__ = [\"thing\"]\n",
  "src/app/domains/rooms/types/__init__.py": "",
  "src/app/domains/rooms/types/kinds.py": "thing = 1\n",
  "src/app/domains/rooms/config.py": "from .types import kinds\n\nlimit = kinds.thing\n",
  "src/app/domains/rooms/repo.py": "from app.providers import log\nfrom app.domains.rooms.config import limit\n\nlog(limit)\n",
  "src/app/domains/rooms/service/__init__.py": "from ..config import limit\n\nprice = limit\n",
  "src/app/domains/rooms/runtime/__init__.py": "from app.domains.rooms import repo\n\nthing = repo\n",
  "src/app/domains/rooms/runtime/kinds.py": "from app.domains.rooms.service import price\n\nthing = price\n",
  "src/app/domains/booking/__init__.py": "from .types.kinds import thing as thing\n",
  "src/app/domains/booking/types/__init__.py": "",
  "src/app/domains/booking/types/kinds.py": "from app.domains.rooms import thing\n",
  "src/app/providers/__init__.py": "import structlog\n\nlog = structlog.get_logger()\n",
};

/** LAYER stands for a folder of the own domain with a module `kinds` that has a `thing`; the import begins on line 3. */
const forms: Readonly<Record<string, string>> = {
  "import": "import app.domains.rooms.LAYER.kinds",
  "import-as": "import app.domains.rooms.LAYER.kinds as kinds",
  "import-several": "import os, app.domains.rooms.LAYER.kinds as kinds, sys",
  "import-continued": "import \\\n    app.domains.rooms.LAYER.kinds",
  "from": "from app.domains.rooms.LAYER.kinds import thing",
  "from-as": "from app.domains.rooms.LAYER.kinds import thing as other",
  "from-module": "from app.domains.rooms.LAYER import kinds",
  "from-package": "from app.domains.rooms import LAYER",
  "from-star": "from app.domains.rooms.LAYER.kinds import *",
  "from-many-lines": "from app.domains.rooms.LAYER.kinds import (\n    # why\n    thing,\n)",
  "from-continued": "from app.domains.rooms.LAYER.kinds \\\n    import thing",
  "from-spaced": "from  app . domains.rooms.LAYER.kinds  import(thing)",
  "relative": "from ..LAYER.kinds import thing",
  "relative-module": "from ..LAYER import kinds",
  "relative-package": "from .. import LAYER",
  "relative-far": "from ....domains.rooms.LAYER.kinds import thing",
  "relative-many-lines": "from ..LAYER import (\n    kinds as others,\n)",
  "type-checking": "if TYPE_CHECKING: from ..LAYER.kinds import thing",
  "in-function": "def f(): from ..LAYER.kinds import thing; return thing",
  "in-try": "try: import app.domains.rooms.LAYER.kinds\nexcept ImportError: pass",
  "after-semicolon": "x = '''import this\n'''; from ..LAYER.kinds import thing".replace("\n'''", "'''"),
  "late": "kinds = importlib.import_module(\"app.domains.rooms.LAYER.kinds\")",
  "late-from": "kinds = import_module('app.domains.rooms.LAYER.kinds')",
  "late-relative": "kinds = import_module(\"..LAYER.kinds\", package=\"app.domains.rooms.service\")",
  "late-relative-own": "kinds = import_module(\"..LAYER.kinds\", __package__)",
  "dunder": "kinds = __import__(\"app.domains.rooms.LAYER.kinds\")",
  "in-format-string": "text = f\"{__import__('app.domains.rooms.LAYER.kinds')}\"",
};

function probe(form: string): string {
  return `"""import app.domains.rooms.runtime"""\n# import app.domains.rooms.runtime\n${form}\n`;
}

function probes(layer: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(forms).map(([name, form]) => [
      `src/app/domains/rooms/service/probe_${name.replaceAll("-", "_")}.py`,
      probe(form.replaceAll("LAYER", layer)),
    ]),
  );
}

test("Python: every form of import into a later layer is found once, at its line; into an earlier one it is not", async (t) => {
  const house = await buildTree(t, { ...clean, ...probes("runtime") });
  assert.deepEqual(shortly(await house.check(configuration)).sort(), Object.keys(probes("runtime")).map((file) => `layers ${file}:3`).sort());
  await house.write(probes("types"));
  assert.deepEqual(shortly(await house.check(configuration)), []);
});

test("Python: other domains are seen through __init__.py only", async (t) => {
  const bad = [
    "from app.domains.booking.types.kinds import thing",
    "from app.domains.booking.types import kinds",
    "import app.domains.booking.types.kinds",
    "from ...booking.types.kinds import thing",
    "from app.domains.booking import types",
  ];
  const good = ["from app.domains.booking import thing", "import app.domains.booking", "from ... import booking", "from ...booking import thing", "from ..types import kinds"];
  const files = (list: readonly string[]) => Object.fromEntries(list.map((form, at) => [`src/app/domains/rooms/service/probe_${at}.py`, probe(form)]));
  const house = await buildTree(t, { ...clean, ...files(bad) });
  const report = await house.check(configuration);
  assert.deepEqual(shortly(report), bad.map((_, at) => `domains src/app/domains/rooms/service/probe_${at}.py:3`));
  assert.match(report.findings[0]?.expected ?? "", /only through src\/app\/domains\/booking\/__init__\.\{py,pyi\}$/);
  await house.write(files(good));
  assert.deepEqual(shortly(await house.check(configuration)), []);
});

test("Python: packages and modules of the standard library are found by name, with and without a submodule", async (t) => {
  const house = await buildTree(t, {
    ...clean,
    "src/app/domains/rooms/service/a.py":
      "import structlog.stdlib\nfrom structlog import get_logger\nimport subprocess as sub\nfrom boto3.session import Session\nimport structlogger, mysubprocess\n",
  });
  assert.deepEqual(
    shortly(await house.check(configuration)),
    ["providers", "providers", "no-processes", "no-processes"].map((rule, at) => `${rule} src/app/domains/rooms/service/a.py:${at + 1}`),
  );
});

test("Python: the fix of a forbidden import names the module that may be imported, and holds", async (t) => {
  const house = await buildTree(t, {
    ...clean,
    "src/app/domains/rooms/runtime/kinds.py": "from app.domains.rooms.types.kinds import thing\n",
    "src/app/domains/rooms/service/a.py": "from app.domains.rooms.runtime.kinds import thing\n",
    "src/app/domains/rooms/service/b.py": "from ..runtime.kinds import thing\n",
  });
  const report = await house.check(configuration);
  const replacements = report.findings.map((finding) => /replace `([^`]+)` by `([^`]+)`/.exec(finding.fix)?.slice(1));
  assert.deepEqual(replacements, [
    ["from app.domains.rooms.runtime.kinds import thing", "from app.domains.rooms.types.kinds import thing"],
    ["from ..runtime.kinds import thing", "from ..types.kinds import thing"],
  ]);
  await house.write({ "src/app/domains/rooms/service/a.py": `${replacements[0]?.[1] ?? ""}\n`, "src/app/domains/rooms/service/b.py": `${replacements[1]?.[1] ?? ""}\n` });
  assert.deepEqual(shortly(await house.check(configuration)), []);
});

test("Python: source roots that nothing but a key tells are found by pyproject.toml and tach.toml", async (t) => {
  const files = {
    "odd/place/shop/rooms/runtime/kinds.py": "thing = 1\n",
    "odd/place/shop/rooms/types/kinds.py": "thing = 1\n",
    "tools/deep/probe.py": "from shop.rooms.runtime import kinds\n",
  };
  const wall = "version: 1\nrules: [{ name: wall, from: 'tools/**', to: '**/runtime/**', why: w, fix: f }]\n";
  const found = async (more: Readonly<Record<string, string>>) => shortly(await (await buildTree(t, { ...files, ...more })).check(wall));
  assert.deepEqual(await found({}), []);
  assert.deepEqual(await found({ "pyproject.toml": "[tool.inspan]\nsource-roots = [\"odd/place\"]\n" }), ["wall tools/deep/probe.py:1"]);
  assert.deepEqual(await found({ "odd/pyproject.toml": "[tool.inspan]\nsource-roots = [\"place\"]\n" }), ["wall tools/deep/probe.py:1"]);
  assert.deepEqual(await found({ "tach.toml": "source_roots = [\"odd/place\"]\n" }), ["wall tools/deep/probe.py:1"]);
  assert.deepEqual(await found({ "pyproject.toml": "[tool.inspan]\nsource-roots = [\"../place\", 3]\n" }), []);
});

test("Python: text that is no program is a finding, and its imports are seen all the same", async (t) => {
  const house = await buildTree(t, {
    ...clean,
    "src/app/domains/rooms/service/a.py": "x = call(1,\n\nfrom ..runtime.kinds import thing\n",
    "src/app/domains/rooms/service/b.py": "def f(:\n    pass\n",
  });
  assert.deepEqual(shortly(await house.check(configuration)), [
    "layers src/app/domains/rooms/service/a.py:3",
    "parse src/app/domains/rooms/service/a.py:3",
    "parse src/app/domains/rooms/service/b.py:1",
  ]);
});
