// Pages as they are built: frames, questions on leaving, lists of options, editors, documents without a body, tables of thousands of rows. Each is acted on as its words say.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type BrowserWorld, makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";

const closes: (() => void | Promise<void>)[] = [];
let world: BrowserWorld;

describe("shapes of pages", { skip: missingBrowser, timeout: 480_000 }, () => {
  before(async () => { world = await makeBrowserWorld({ after: (close) => { closes.push(close); } }); });
  test.after(async () => { for (const close of closes.reverse()) await close(); });

  const act = (...args: readonly string[]) => world.browser(["act", ...args]);

  test("what stands in a frame is named by role and name like everything else; the frame tells apart what is there twice", async () => {
    const opened = await world.browser(["open", `${world.origin}/frames`]);
    assert.match(opened.text, /iframe "left"\n button "Inner" [\w]+\n button "Same"/);
    const clicked = await act("click", 'button "Inner"');
    assert.match(clicked.text, /Inner-done/, clicked.stderr);
    const same = await act("click", 'button "Same"');
    assert.equal(same.error?.code, "TARGET_AMBIGUOUS", same.said);
    assert.equal((await act("click", 'button "Same" in iframe "right"')).exitCode, 0);
    const deep = await act("click", 'button "Deep" in iframe "deep" in iframe "right"');
    assert.match(deep.text, /button "1"/, deep.stderr);
    assert.equal((await act("wait", '"Words of left"')).exitCode, 0);
    const layout = await world.browser(["screenshot", "--text"]);
    assert.match(layout.text, /Words of left/, "the layout holds what frames draw");
  });

  test("a page that asks whether it may be left stays for an action without --accept, and never stops `open`", async () => {
    await world.browser(["open", `${world.origin}/leave`]);
    await act("fill", "textbox Text", "draft");
    const stays = await act("reload");
    assert.deepEqual([stays.exitCode, stays.error?.code], [2, "PAGE_STAYS"], stays.said);
    const opened = await world.browser(["open", `${world.origin}/choices`]);
    assert.equal(opened.exitCode, 0, opened.stderr);
    assert.match(opened.url, /\/choices$/);
  });

  test("options that are not there, values a field does not take, and keys nobody has are told as what they are", async () => {
    await world.browser(["open", `${world.origin}/choices`]);
    for (const [args, code, words] of [
      [["select", "listbox Fruit", "Plum"], "OPTION_MISSING", /no option "Plum", expected one of "Apple", "Banana", "Cherry"/],
      [["select", "listbox Fruit", "Cherry"], "OPTION_MISSING", /its option "Cherry" is disabled/],
      [["select", "listbox Fruit"], "USAGE", /no option was named/],
      [["fill", "textbox Day", "31.12.2026"], "ACTION_UNFIT", /a field for date does not take "31.12.2026"/],
      [["press", "Foo"], "ACTION_UNFIT", /Unknown key/],
      [["upload", "button Show", "inspan.yaml"], "ACTION_UNFIT", /opens no dialog/],
    ] as const) {
      const answer = await act(...args);
      assert.deepEqual([answer.exitCode, answer.error?.code], [2, code], `${args.join(" ")}: ${answer.said}${answer.error?.message ?? ""}`);
      assert.match(answer.error?.message ?? "", words);
    }
    assert.match((await act("select", "listbox Fruit", "Apple", "Banana")).text, /= Apple, Banana/);
    assert.match((await act("fill", "textbox Day", "2026-12-31")).text, /2026-12-31/);
    assert.match((await act("fill", "textbox Editor", "new words")).text, /textbox "Editor": old -> textbox "Editor" \w+: new words/, "what is written in an editor is told");
    assert.match((await act("upload", 'button "Pick a file"', "inspan.yaml")).text, /Got inspan\.yaml/, "a button that opens the dialog for files");
    assert.match((await act("click", "button Ask", "--accept")).text, /Name Ada/, "a question is agreed to with the answer that stands in it");
    assert.match((await act("press", "?")).text, /Key /);
    const reloaded = await act("reload");
    const field = world.ref(reloaded, /textbox "Secret"/);
    assert.equal((await act("fill", field, "s3cret words")).exitCode, 0, "the handles that a reload tells are those of the new document");
    await act("click", "button Show");
    const layout = await world.browser(["screenshot", "--text"]);
    assert.match(layout.text, /••••/, "a password that is shown on demand stays masked");
    assert.doesNotMatch(layout.text, /s3cret/);
  });

  test("a document without a body is read, and an address that leads elsewhere is refused by its name", async () => {
    assert.match((await world.browser(["open", `${world.origin}/picture.svg`])).text, /drawn words/);
    const away = await world.browser(["open", `${world.origin}/away`]);
    assert.deepEqual([away.exitCode, away.error?.code], [2, "ORIGIN_REFUSED"], away.said);
    assert.match(away.error?.message ?? "", /leads to http:\/\/elsewhere\.invalid/);
  });

  test("of a table of 2,100 rows the reply shows a part and says so; every row is reached by its name", async () => {
    const opened = await world.browser(["open", `${world.origin}/long`]);
    assert.match(opened.said, /The page has 8\d\d\d elements/, opened.stderr);
    assert.ok(opened.text.length < 4_000, `${opened.text.length} characters`);
    const pressed = await act("click", 'button "Row 1500"');
    assert.equal(pressed.exitCode, 0, pressed.stderr);
    const end = await world.browser(["snapshot", 'button "Row 1500 was pressed"']);
    assert.equal(end.exitCode, 0, end.stderr);
  });
});

test("a browser that was named wrongly is named rightly with the next command", { skip: missingBrowser, timeout: 240_000 }, async (t) => {
  const later: (() => void | Promise<void>)[] = [];
  t.after(async () => { for (const close of later.reverse()) await close(); });
  const own = await makeBrowserWorld({ after: (close) => { later.push(close); } });
  const wrong = await own.inspan(["browser", "open", `${own.origin}/`], { env: { INSPAN_CHROME: "/no/such/browser" } });
  assert.equal(wrong.exitCode, 3, wrong.stderr);
  assert.match(wrong.stderr, /"\/no\/such\/browser" \(INSPAN_CHROME\): there is no such program/);
  const right = await own.browser(["open", `${own.origin}/`]);
  assert.equal(right.exitCode, 0, right.error?.message ?? right.stderr);
});
