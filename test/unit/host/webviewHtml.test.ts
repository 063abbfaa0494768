import assert from "node:assert/strict";
import { test } from "node:test";
import { pageHtml } from "../../../src/host/webviewHtml.ts";

test("a page may run its one script and wear its style, and nothing unsafe", () => {
  const html = pageHtml({ script: "https://x/a.js", style: "https://x/a.css", cspSource: "https://x", nonce: "abc" });
  assert.ok(html.includes("default-src 'none'"));
  assert.ok(html.includes("script-src 'nonce-abc'"));
  assert.ok(html.includes('nonce="abc" src="https://x/a.js"'));
  assert.ok(!html.includes("unsafe"));
});
