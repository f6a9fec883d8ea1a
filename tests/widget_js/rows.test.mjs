// What people write, taken apart without a document: links, names, sizes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plainName, trimLink } from "../../static/widget/nodes.js";
import { fileSize } from "../../static/widget/rows.js";

const LINKS = {
  "https://a.example": "https://a.example",
  "https://a.example.": "https://a.example",
  "https://a.example/b).": "https://a.example/b",
  "https://a.example/Oak_(tree)": "https://a.example/Oak_(tree)",
  "https://a.example/Oak_(tree)).": "https://a.example/Oak_(tree)",
  "https://a.example/?q=1&r=2!": "https://a.example/?q=1&r=2",
  "https://a.example**": "https://a.example",
};

test("a link ends where the sentence goes on", () => {
  for (const [found, link] of Object.entries(LINKS)) assert.equal(trimLink(found), link);
});

test("a file name cannot turn its own ending around", () => {
  assert.equal(plainName("invoice\u202Efdp.exe"), "invoicefdp.exe");
  assert.equal(plainName("\u2066\u0000 plan.png\u2069 "), "plan.png");
  assert.equal(plainName("مخطط.pdf"), "مخطط.pdf");
});

test("a name of nothing is still called something", () => {
  for (const odd of ["", null, undefined, "\u202E"]) assert.equal(plainName(odd), "File");
});

test("sizes are read by people", () => {
  assert.deepEqual([1, 71, 54_321, 10_485_760].map(fileSize), ["1 byte", "71 bytes", "54 kB", "10.5 MB"]);
});
