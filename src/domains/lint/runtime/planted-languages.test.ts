// Go, Rust and Java: one violation for every form of import in clean code is found exactly once, at its line; its nearest allowed neighbour is not.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { buildTree, shortly } from "../../../../test/support/lint-house.ts";

interface Table {
  readonly configuration: string;
  readonly clean: Readonly<Record<string, string>>;
  /** Where a probe of this name lies. */
  readonly file: (name: string) => string;
  /** LAYER stands for a layer of the own domain; ${line} before the statement are three lines. */
  readonly forms: Readonly<Record<string, string>>;
  readonly probe: (form: string, name: string) => string;
  /** Line of the import where it is not 4. */
  readonly lines?: Readonly<Record<string, number>>;
}

async function checkTable(t: TestContext, table: Table): Promise<void> {
  const probes = (layer: string) => Object.fromEntries(Object.entries(table.forms).map(([name, form]) => [table.file(name), table.probe(form.replaceAll("LAYER", layer), name)]));
  const house = await buildTree(t, { ...table.clean, ...probes("runtime") });
  const found = shortly(await house.check(table.configuration));
  assert.deepEqual(found.sort(), Object.keys(table.forms).map((name) => `layers ${table.file(name)}:${table.lines?.[name] ?? 4}`).sort());
  await house.write(probes("types"));
  assert.deepEqual(shortly(await house.check(table.configuration)), []);
}

const goClean: Readonly<Record<string, string>> = {
  "go.mod": "module example.com/house\n\ngo 1.22\n\nrequire github.com/rs/zerolog v1.0.0\n\nreplace example.com/shared => ./internal\n",
  "internal/rooms/rooms.go": "package rooms\n\nimport \"example.com/house/internal/rooms/types\"\n\ntype Room = types.Thing\n",
  "internal/rooms/types/types.go": "package types\n\ntype Thing struct{ Name string }\n",
  "internal/rooms/config/config.go": "package config\n\nimport \"example.com/house/internal/rooms/types\"\n\nvar Limit types.Thing\n",
  "internal/rooms/service/service.go": "package service\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/house/internal/rooms/config\"\n)\n\nfunc Price() { fmt.Println(config.Limit) }\n",
  "internal/rooms/runtime/runtime.go": "package runtime\n\nimport \"example.com/house/internal/rooms/service\"\n\nfunc Run() { service.Price() }\n",
  "internal/booking/booking.go": "package booking\n\nimport \"example.com/house/internal/rooms\"\n\ntype Booking struct{ Room rooms.Room }\n",
  "internal/booking/types/types.go": "package types\n",
};
const goConfiguration =
  'version: 1\ndomains: internal/*\nlayers: [types, config, repo, service, runtime]\nrules:\n  - { name: no-processes, from: "internal/**", to: [os/exec, "github.com/rs/zerolog/**"], why: "runtime does", fix: "Do it there." }\n';

test("Go: every form of import into a later layer is found once, at its line; into an earlier one it is not", async (t) => {
  await checkTable(t, {
    configuration: goConfiguration,
    clean: goClean,
    file: (name) => `internal/rooms/service/${name}/probe.go`,
    probe: (form) =>
      `// import "example.com/house/internal/rooms/runtime"\npackage probe\n\n${form}\n\nconst text = \`\nimport "example.com/house/internal/rooms/runtime"\n\`\n`,
    forms: {
      "plain": "import \"example.com/house/internal/rooms/LAYER\"",
      "alias": "import other \"example.com/house/internal/rooms/LAYER\"",
      "dot": "import . \"example.com/house/internal/rooms/LAYER\"",
      "blank": "import _ \"example.com/house/internal/rooms/LAYER\"",
      "raw": "import `example.com/house/internal/rooms/LAYER`",
      "group": "import (\n\t\"fmt\"\n\t// why\n\tlater \"example.com/house/internal/rooms/LAYER\"\n)",
      "one-line-group": "import (\"fmt\"; \"example.com/house/internal/rooms/LAYER\")",
      "two-groups": "import \"os\"\nimport \"example.com/house/internal/rooms/LAYER\"",
      "replaced": "import \"example.com/shared/rooms/LAYER\"",
    },
    lines: { "group": 7, "two-groups": 5 },
  });
});

test("Go: other domains are seen through their own package only, and packages and the standard library by their paths", async (t) => {
  const house = await buildTree(t, {
    ...goClean,
    "internal/rooms/service/a.go":
      'package service\n\nimport (\n\t"example.com/house/internal/booking"\n\t"example.com/house/internal/booking/types"\n\t"os/exec"\n\t"os"\n\t"github.com/rs/zerolog/log"\n)\n',
  });
  const report = await house.check(goConfiguration);
  assert.deepEqual(shortly(report), ["domains internal/rooms/service/a.go:5", "no-processes internal/rooms/service/a.go:6", "no-processes internal/rooms/service/a.go:8"]);
  assert.match(report.findings[0]?.expected ?? "", /only through internal\/booking\/\*\.go$/);
});

const rustClean: Readonly<Record<string, string>> = {
  "Cargo.toml": "[workspace]\nmembers = [\"crates/*\"]\n",
  "crates/house-core/Cargo.toml": "[package]\nname = \"house-core\"\nversion = \"0.1.0\"\n",
  "crates/house-core/src/lib.rs": "pub mod rooms;\npub mod booking;\n",
  "crates/house-core/src/rooms/mod.rs": "pub mod config;\npub mod runtime;\npub mod service;\npub mod types;\n\npub use self::types::Thing;\n",
  "crates/house-core/src/rooms/types.rs": "pub mod deep;\npub struct Thing;\npub fn thing() {}\n",
  "crates/house-core/src/rooms/types/deep.rs": "pub fn thing() {}\n",
  "crates/house-core/src/rooms/config.rs": "use super::types::Thing;\n\npub const LIMIT: Option<Thing> = None;\n",
  "crates/house-core/src/rooms/service/mod.rs": "use crate::rooms::config;\n\npub fn price() { let _ = config::LIMIT; }\n",
  "crates/house-core/src/rooms/runtime.rs": "pub mod deep;\nuse super::service::price;\n\npub struct Thing;\npub fn thing() { price(); }\n",
  "crates/house-core/src/rooms/runtime/deep.rs": "pub fn thing() {}\n",
  "crates/house-core/src/booking/mod.rs": "mod types;\n\npub use types::Booking;\n",
  "crates/house-core/src/booking/types.rs": "use crate::rooms::Thing;\n\npub struct Booking(pub Thing);\n",
};
const rustConfiguration =
  'version: 1\ndomains: crates/house-core/src/*\nlayers: [types, config, repo, service, runtime]\nrules:\n  - { name: no-processes, from: "crates/**", to: ["std::process*", "std::process::*", tokio], why: "runtime does", fix: "Do it there." }\n';

test("Rust: every form of import into a later layer is found once, at its line; into an earlier one it is not", async (t) => {
  await checkTable(t, {
    configuration: rustConfiguration, clean: rustClean, file: (name) => `crates/house-core/src/rooms/service/${name.replaceAll("-", "_")}.rs`,
    probe: (form) =>
      `//! use crate::rooms::runtime::Thing;\n/* use crate::rooms::runtime; /* nested */ */\nconst TEXT: &str = "crate::rooms::runtime"; const RAW: &str = r#"use crate::rooms::runtime; ""#;\n${form}\n`,
    forms: {
      "absolute": "use crate::rooms::LAYER::Thing;",
      "module": "use crate::rooms::LAYER;",
      "renamed": "use crate::rooms::LAYER::Thing as Other;",
      "glob": "use crate::rooms::LAYER::*;",
      "deep": "use crate::rooms::LAYER::deep::thing;",
      "parent": "use super::super::LAYER::Thing;",
      "group": "use crate::rooms::{\n    config::LIMIT,\n    LAYER::Thing,\n};",
      "nested-group": "use crate::{rooms::{config, LAYER::{deep::thing}}};",
      "self-and-item": "use crate::rooms::LAYER::{self, Thing, Thing as Other};",
      "self-in-group": "use crate::rooms::LAYER::{self};",
      "public": "pub use crate::rooms::LAYER::Thing;",
      "public-crate": "pub(crate) use crate::rooms::LAYER::Thing;",
      "own-crate": "use ::house_core::rooms::LAYER::Thing;",
      "in-function": "fn f() { use crate::rooms::LAYER::Thing; }",
      "call": "fn f() { crate::rooms::LAYER::thing(); }",
      "call-of-parent": "fn f() { super::super::LAYER::thing(); }",
      "type": "type Other = crate::rooms::LAYER::Thing;",
      "macro": "fn f() { println!(\"{:?}\", crate::rooms::LAYER::thing()); }",
      "inline-module": "mod inside {\n    use super::super::super::LAYER::Thing;\n}",
      "macro-rules": "macro_rules! m { () => { $crate::rooms::LAYER::thing() } }",
      "attribute-path": "#[path = \"../LAYER.rs\"]\nmod other;",
      "after-lifetime": "fn f<'a>(c: char, s: &'a str) -> bool { c == '\"' && crate::rooms::LAYER::thing() == () }",
      "spaced": "use crate :: rooms :: LAYER :: Thing ;",
      "through-a-module": "use crate::rooms;\nfn f() { rooms::LAYER::thing(); rooms::LAYER::thing() }",
      "through-another-name": "use crate::rooms as r;\nfn f() { r::LAYER::Thing {} }",
    },
    lines: { "through-a-module": 5, "through-another-name": 5, "group": 6, "inline-module": 5, "attribute-path": 5 },
  });
});

test("Rust: other crates of the workspace, doors, packages, and what only tests use", async (t) => {
  const house = await buildTree(t, {
    ...rustClean,
    "crates/house-app/Cargo.toml":
      '[package]\nname = "house-app"\nversion = "0.1.0"\n\n[dependencies]\nhouse-core = { path = "../house-core" }\ncore2 = { package = "house-core", path = "../house-core" }\ntokio = "1"\n',
    "crates/house-app/src/main.rs":
      "use house_core::booking::Booking;\nuse core2::rooms::service::price;\nfn main() { house_core::rooms::service::price(); std::process::exit(0) }\nfn g() { tokio::select! {} }\n",
    "crates/house-core/src/rooms/service/a.rs":
      "use crate::booking::Booking;\nuse crate::booking::types::Booking as Inside;\nuse tokio::fs;\nuse std::{process, fmt};\n\n#[cfg(test)]\nmod tests {\n    use crate::rooms::runtime::Thing;\n    use super::*;\n}\n",
  });
  assert.deepEqual(shortly(await house.check(`${rustConfiguration}  - { name: app-uses-doors, from: "crates/house-app/**", to: "crates/house-core/src/*/*/**", why: "doors", fix: "Use the door." }\n`)), [
    "app-uses-doors crates/house-app/src/main.rs:2",
    "app-uses-doors crates/house-app/src/main.rs:3",
    "no-processes crates/house-app/src/main.rs:3",
    "no-processes crates/house-app/src/main.rs:4",
    "domains crates/house-core/src/rooms/service/a.rs:2", "no-processes crates/house-core/src/rooms/service/a.rs:3", "no-processes crates/house-core/src/rooms/service/a.rs:4",
  ]);
});

const base = "core/src/main/java/com/acme";
const javaClean: Readonly<Record<string, string>> = {
  [`${base}/rooms/Rooms.java`]: "package com.acme.rooms;\n\nimport com.acme.rooms.types.Thing;\n\npublic class Rooms { Thing thing; }\n",
  [`${base}/rooms/types/Thing.java`]:
    "package com.acme.rooms.types;\n\npublic class Thing { public static int limit = 1; public static class Inner {} public static void go() {} }\n",
  [`${base}/rooms/config/Config.java`]: "package com.acme.rooms.config;\n\nimport com.acme.rooms.types.Thing;\n\npublic class Config { Thing thing; }\n",
  [`${base}/rooms/service/Service.java`]:
    "package com.acme.rooms.service;\n\nimport java.util.*;\nimport com.acme.rooms.config.Config;\n\npublic class Service { Config config; List<String> names; Neighbour neighbour; }\n",
  [`${base}/rooms/service/Neighbour.java`]: "package com.acme.rooms.service;\n\nclass Neighbour { Service service; }\n",
  [`${base}/rooms/runtime/Thing.java`]:
    "package com.acme.rooms.runtime;\n\nimport com.acme.rooms.service.Service;\n\npublic class Thing { Service service; public static int limit = 2; public static class Inner {} public static void go() {} }\n",
  "web/src/main/java/com/acme/booking/Booking.java": "package com.acme.booking;\n\nimport com.acme.rooms.Rooms;\n\npublic class Booking { Rooms rooms; }\n",
  "web/src/main/java/com/acme/booking/types/Kind.java": "package com.acme.booking.types;\n\npublic enum Kind { A }\n",
};
const javaConfiguration =
  'version: 1\ndomains: "*/src/main/java/com/acme/*"\nlayers: [types, config, repo, service, runtime]\nrules:\n  - { name: no-sql, from: "**/service/**", to: ["java.sql.*", "org.slf4j", "org.slf4j.*"], why: "repo does", fix: "Do it there." }\n';

test("Java: every form of import into a later layer is found once, at its line; into an earlier one it is not", async (t) => {
  await checkTable(t, {
    configuration: javaConfiguration, clean: javaClean, file: (name) => `${base}/rooms/service/Probe${name}.java`,
    probe: (form, name) =>
      `// import com.acme.rooms.runtime.Thing;\npackage com.acme.rooms.service;\n\n${form.includes("CLASS") ? form.replace("CLASS", `class Probe${name}`) : `${form}\nclass Probe${name} { /* com.acme.rooms.runtime.Thing */ String s = "com.acme.rooms.runtime.Thing"; }`}\n`,
    forms: {
      "Single": "import com.acme.rooms.LAYER.Thing;",
      "Star": "import com.acme.rooms.LAYER.*;",
      "Nested": "import com.acme.rooms.LAYER.Thing.Inner;",
      "NestedStar": "import com.acme.rooms.LAYER.Thing.*;",
      "Static": "import static com.acme.rooms.LAYER.Thing.go;",
      "StaticStar": "import static com.acme.rooms.LAYER.Thing.*;",
      "StaticConstant": "import static com.acme.rooms.LAYER.Thing.limit;",
      "Spaced": "import com.acme . rooms.LAYER\n  .Thing;",
      "Commented": "import /* why */ com.acme.rooms.LAYER.Thing; // here",
      "Field": "CLASS { com.acme.rooms.LAYER.Thing thing; }",
      "Call": "CLASS { void f() { com.acme.rooms.LAYER.Thing.go(); } }",
      "Constant": "CLASS { int limit = com.acme.rooms.LAYER.Thing.limit; }",
      "New": "CLASS { Object o = new com.acme.rooms.LAYER.Thing(); }",
      "NewNested": "CLASS { Object o = new com.acme.rooms.LAYER.Thing.Inner(); }",
      "Extends": "CLASS extends com.acme.rooms.LAYER.Thing {}",
      "Generic": "CLASS { java.util.List<com.acme.rooms.LAYER.Thing> list; }",
      "Annotation": "@com.acme.rooms.LAYER.Thing CLASS {}",
      "Throws": "CLASS { void f() throws com.acme.rooms.LAYER.Thing {} }",
      "ClassLiteral": "CLASS { Class<?> c = com.acme.rooms.LAYER.Thing.class; }",
      "MethodReference": "CLASS { Runnable r = com.acme.rooms.LAYER.Thing::go; }",
    },
  });
});

test("Java: other domains are seen through their own package only, across modules; packages and the JDK by name", async (t) => {
  const house = await buildTree(t, {
    ...javaClean,
    [`${base}/rooms/service/A.java`]:
      "package com.acme.rooms.service;\n\nimport com.acme.booking.Booking;\nimport com.acme.booking.types.Kind;\nimport java.sql.Connection;\nimport java.util.List;\nimport org.slf4j.Logger;\n\nclass A { void f() { this.b.c.D(); com.b.C(); } }\n",
  });
  const report = await house.check(javaConfiguration);
  assert.deepEqual(shortly(report), [
    "domains core/src/main/java/com/acme/rooms/service/A.java:4",
    "no-sql core/src/main/java/com/acme/rooms/service/A.java:5",
    "no-sql core/src/main/java/com/acme/rooms/service/A.java:7",
  ]);
});

test("broken text of every language is a finding at its place, and clean text is none", async (t) => {
  const house = await buildTree(t, {
    "a.go": "package a\n\nfunc f() {\n\tx(1\n}\n",
    "b.go": "package a\n",
    "c.rs": "fn f( {}\n",
    "d.rs": 'const A: &str = "";\n',
    "e.java": "class E {\n  void f() { x(1) }\n}\n",
    "f.java": 'class F { String s = ""; }\n',
  });
  assert.deepEqual(shortly(await house.check("version: 1\n")), ["parse a.go:4", "parse c.rs:1", "parse e.java:2"]);
});
