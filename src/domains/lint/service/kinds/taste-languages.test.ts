// Rules of taste in Python, Go, Rust and Java: each violation at its line, its nearest allowed neighbour not at all.
import { testRules } from "../../../../../test/support/rule-table.ts";

const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;

testRules({
  "logging: Python": {
    rule: "{ kind: logging, in: lib/** }",
    files: {
      "lib/a.py": lines(
        "import logging",
        "import structlog",
        "log = structlog.get_logger()",
        "def run(self, room):",
        "    log.info('room.opened', room_id=1)",
        "    log.info('Room was opened', room_id=1)",
        "    self.logger.warning(f'lost {room}')",
        "    logging.exception('room.lost')",
        "    logging.error('room.lost', extra={'id': 1})",
        "    print(room)",
        "    room.print(1)",
        "    log.bind(room=1)",
      ),
    },
    expected: ["logging lib/a.py:6", "logging lib/a.py:7", "logging lib/a.py:8", "logging lib/a.py:10"], says: [/replace `Room was opened` by `room\.opened`/],
  },
  "logging: Go": {
    rule: "{ kind: logging, in: lib/** }",
    files: {
      "lib/a.go": lines(
        "package lib",
        'import ("fmt"; "log"; "log/slog")',
        "func run(id string) string {",
        '  slog.Info("room.opened", "id", id)',
        '  slog.InfoContext(ctx, "room.opened", "id", id)',
        '  logger.Errorf("lost %s", id)',
        '  slog.Warn("room.lost")',
        '  log.Printf("lost %s", id)',
        "  fmt.Println(id)",
        '  return fmt.Sprintf("%s", id)',
        "}",
      ),
    },
    expected: ["logging lib/a.go:5", "logging lib/a.go:6", "logging lib/a.go:7", "logging lib/a.go:8", "logging lib/a.go:9"], says: [],
  },
  "logging: Rust": {
    rule: "{ kind: logging, in: lib/** }",
    files: {
      "lib/a.rs": lines(
        "use tracing::{info, warn};",
        "fn run(id: u8) {",
        '  info!(id, %name, "room.opened");',
        '  tracing::info!(room = id, "room.opened");',
        '  log::info!("room.opened"; "id" => id);',
        '  warn!("lost {}", id);',
        '  log::error!("room.lost");',
        '  println!("x");',
        '  format!("x");',
        "}",
      ),
    },
    expected: ["logging lib/a.rs:6", "logging lib/a.rs:7", "logging lib/a.rs:8"], says: [/replace `lost \{\}` by `lost\.done`/],
  },
  "logging: Java": {
    rule: "{ kind: logging, in: lib/** }",
    files: {
      "lib/A.java": lines(
        "class A {",
        "  void run(String id) {",
        '    log.info("room.opened", kv("id", id));',
        '    this.logger.warn("Lost " + id);',
        '    log.error("room.lost");',
        "    System.out.println(id);",
        "    System.exit(1);",
        "  }",
        "}",
      ),
    },
    expected: ["logging lib/A.java:4", "logging lib/A.java:5", "logging lib/A.java:6"],
  },
  "wrapper: programs in lists, constructors and shells": {
    rule: "{ kind: wrapper, in: lib/**, programs: [ffmpeg], use: encode }",
    files: {
      "lib/a.py": lines(
        "import asyncio, os, subprocess",
        "subprocess.run(['ffmpeg', '-i'])",
        "subprocess.Popen(('ffmpeg',))",
        "os.system('ffmpeg -i x')",
        "subprocess.run(['ffprobe', 'ffmpeg'])",
        "subprocess.run(program, ['ffmpeg'])",
      ),
      "lib/A.java": lines(
        "class A { void f() throws Exception {",
        '  new ProcessBuilder("ffmpeg", "-i");',
        '  new ProcessBuilder(List.of("ffmpeg", "-i"));',
        '  Runtime.getRuntime().exec("ffmpeg -i");',
        '  new ProcessBuilder("ffprobe");',
        '  new Title("ffmpeg");',
        "} }",
      ),
      "lib/a.rs": lines("fn f() {", '  std::process::Command::new("ffmpeg");', '  tokio::process::Command::new("ffprobe");', '  Title::new("ffmpeg");', "}"),
      "lib/b.ts": 'Bun.spawn(["ffmpeg", "-i"]);\nBun.spawn([program, "ffmpeg"]);\nBun.spawn(program, ["ffmpeg"]);\n',
    },
    expected: [
      "wrapper lib/A.java:2",
      "wrapper lib/A.java:3",
      "wrapper lib/A.java:4",
      "wrapper lib/a.py:2",
      "wrapper lib/a.py:3",
      "wrapper lib/a.py:4",
      "wrapper lib/a.rs:2",
      "wrapper lib/b.ts:1",
    ],
  },
  "loose-types: Any and interface{} without a word of configuration": {
    rule: "{ kind: loose-types, in: lib/** }",
    files: {
      "lib/a.py": "from typing import Any\ndef f(x: Any, y: object): ...\n",
      "lib/a.go":
        "package lib\nfunc f(x interface{}, y interface{ Close() }) {}\ntype List[Item any, Other interface{}] []Item\nfunc First[Item any](items []Item) Item { return items[0] }\nfunc g(x any) {}\n",
    },
    expected: ["loose-types lib/a.go:2", "loose-types lib/a.go:5", "loose-types lib/a.py:2"],
  },
  "stack: packages of Java and Python by more than their first name": {
    rule: '{ kind: stack, in: lib/**, concern: ORM, use: jooq, instead: ["org.hibernate.*", "google.cloud.*"] }',
    files: { "lib/A.java": "import org.hibernate.Session;\nimport org.hibernatex.Session;\nclass A {}\n", "lib/a.py": "import google.cloud.storage\nimport google.auth\n" },
    expected: ["stack lib/A.java:1", "stack lib/a.py:1"],
  },
});
