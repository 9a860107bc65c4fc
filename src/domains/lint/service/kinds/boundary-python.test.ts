// Values from outside in Python: each way out of a function without a parser, beside the same way with one of any library.
import { testRules } from "../../../../../test/support/rule-table.ts";

const head = [
  "import json",
  "import os",
  "import requests",
  "from flask import request",
  "from .service import save, cache",
  "from .models import Room, to_room",
  "import pydantic, msgspec, cattrs, jsonschema, subprocess",
];
const rule = "{ kind: boundary, in: lib/** }";
/** The first of the lines is line 8. */
const house = (lines: readonly string[]) => ({
  "lib/a.py": `${[...head, ...lines].join("\n")}\n`,
  "lib/service.py": "cache = {}\ndef save(value): ...\n",
  "lib/models.py": "class Room: ...\ndef to_room(value): ...\n",
});

testRules({
  "boundary: Python: returned over variables, members, comprehensions, branches and with": {
    rule, files: house([
      "def one(text): return json.loads(text)",
      "def two(text):\n    value = json.loads(text)\n    return value['name']",
      "async def three(session, url):\n    async with session.get(url) as response:\n        return await response.json()",
      "def four(url): return requests.get(url).json().get('rooms', [])",
      "def five(path):\n    with open(path) as file:\n        first, second = json.load(file)\n    return second",
      "def six(text): return [one['name'] for one in json.loads(text)]",
      "def seven(text, isOn): return json.loads(text) if isOn else None",
      "def eight(text):\n    if (value := json.loads(text)):\n        return {'room': value}",
      "def nine(text):\n    for one in json.loads(text)['rooms']:\n        yield one",
      "def ten(): return os.environ.get('HOST')",
      "def eleven(): return os.getenv('HOST') or 'localhost'",
      "def twelve(): return request.get_json(force=True)",
      "def thirteen(): return dict(request.json)",
    ]),
    expected: [8, 10, 14, 15, 18, 20, 21, 23, 26, 28, 29, 30, 31].map((line) => `boundary lib/a.py:${line}`), says: [/`json\.loads\(text\)` in one is returned as it came/],
  },
  "boundary: Python: stored in what is kept and passed to what is imported": {
    rule, files: house([
      "last = None",
      "def one(text):\n    global last\n    last = json.loads(text)",
      "class Desk:\n    def load(self, text):\n        self.state = json.loads(text)",
      "def two(key, text): cache[key] = json.loads(text)",
      "class Log:\n    def add(self, text):\n        self.rows.append(json.loads(text))",
      "def three(text):\n    value = json.loads(text)\n    save(value)",
      "def four(text): save(room=json.loads(text)['room'])",
      "def five(): save({'env': os.environ})",
    ]),
    expected: [11, 14, 15, 18, 20, 22, 23].map((line) => `boundary lib/a.py:${line}`), says: [/is stored in last/],
  },
  "boundary: Python: what has passed a parser of any library, or is only used, is fine": {
    rule, files: house([
      "def good1(text): return Room.model_validate(json.loads(text))",
      "def good2(text): return pydantic.TypeAdapter(list).validate_python(json.loads(text))",
      "def good3(text): return msgspec.convert(json.loads(text), Room)",
      "def good4(text): return msgspec.json.decode(text, type=Room)",
      "def good5(text): return cattrs.structure(json.loads(text), Room)",
      "def good6(text): return Room(**json.loads(text))",
      "def good7(text):\n    value = json.loads(text)\n    jsonschema.validate(value, {})\n    return value",
      "def good8(text):\n    value = json.loads(text)\n    if not isinstance(value, dict): raise ValueError(value)\n    return value",
      "def good9(): return int(os.environ.get('PORT', '80'))",
      "def good10(): return os.environ['MODE'] == 'production'",
      "def good11(): return f'{os.environ[\"HOST\"]}:80'",
      "def good12(text): return len(json.loads(text))",
      "def good13(command): subprocess.run(command, env={**os.environ, 'A': '1'})",
      "def good14(room): return json.dumps(room)",
      "def good15(model): return model.json()",
      "def good16(text):\n    value = json.loads(text)\n    value = parse_room(value)\n    save(value)",
      "def parse_room(value): return 'room' in value",
      "def good17(): os.environ['HOST'] = 'localhost'",
      "def good18(text): return RoomSchema().load(json.loads(text))",
      "def good19(text):\n    rows = []\n    rows.append(json.loads(text))\n    return len(rows)",
      "CONFIG = json.loads('{}')",
      "def good21(text):\n    value = json.loads(text)\n    return value if isinstance(value, dict) else None",
      "def good22(): os.environ.setdefault('A', os.environ.get('B', os.environ.get('C')))",
      "def good23():\n    before = os.environ.get('A')\n    os.environ['A'] = before",
      "def good20(text): return sorted(key for key in OTHER if key in json.loads(text))",
    ]),
    expected: [],
  },
  "boundary: Python: sources and an own parser can be chosen": {
    rule: "{ kind: boundary, in: lib/**, sources: [json], parsers: [to_room] }",
    files: house([
      "def good1(text): return to_room(json.loads(text))",
      "def good2(): return os.environ['HOST']",
      "def bad(text): return decode(json.loads(text)), json.loads(text)",
    ]),
    expected: ["boundary lib/a.py:10"],
  },
  "boundary: Python: another name of the same module, and one that only looks like it": {
    rule,
    files: {
      "lib/a.py":
        "import json as j, orjson\nfrom json import loads as read_it\nfrom os import environ as env\nfrom own import json as mine\ndef one(text): return j.loads(text)\ndef two(text): return orjson.loads(text)\ndef three(text): return read_it(text)\ndef four(): return env['A']\ndef good(text): return mine.loads(text)\n",
    },
    expected: [5, 6, 7, 8].map((line) => `boundary lib/a.py:${line}`),
  },
});
