// Lines of the loggers that people use, as records.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLine } from "./parse-line.ts";

const check = (line: string, expected: Partial<ReturnType<typeof parseLine>>) =>
  assert.deepEqual(parseLine(line), { body: line, atMs: undefined, level: "", traceId: "", spanId: "", metadata: {}, ...expected });

test("parseLine() reads pino, bunyan, winston, zap and structlog", () => {
  check('{"level":50,"time":1700000000123,"pid":7,"msg":"boom","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331"}', {
    body: "boom",
    atMs: 1_700_000_000_123,
    level: "error",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    metadata: { pid: "7" },
  });
  check('{"name":"x","level":30,"msg":"up","time":"2023-11-14T22:13:20.123Z","v":0}', { body: "up", atMs: 1_700_000_000_123, level: "info", metadata: { name: "x", v: "0" } });
  check('{"level":"warn","message":"slow","timestamp":"2023-11-14T22:13:20.000Z","ms":{"db":3}}', {
    body: "slow",
    atMs: 1_700_000_000_000,
    level: "warn",
    metadata: { ms: '{"db":3}' },
  });
  check('{"level":"info","ts":1700000000.5,"msg":"zap","http.code":200}', { body: "zap", atMs: 1_700_000_000_500, level: "info", metadata: { http_code: "200" } });
  check('{"event":"started","level":"critical","timestamp":"2023-11-14 22:13:20Z"}', { body: "started", atMs: 1_700_000_000_000, level: "fatal" });
});

test("parseLine() leaves everything else as it is", () => {
  check("plain text", {});
  check("{ not json", {});
  check("[1,2]", {});
  check('{"a":1}', {});
  check('{"level":"error","a":1}', { level: "error" });
  check('{"msg":"x","trace_id":"zz","time":"yesterday"}', { body: "x" });
  check('{"msg":"x","trace_id":"00000000000000000000000000000000"}', { body: "x" });
});
